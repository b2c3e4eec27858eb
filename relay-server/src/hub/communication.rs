//! The hub's methods.

use std::sync::Arc;

use super::connections::LiveConnection;
use super::hints::Hint;
use super::live::Live;
use super::protocol::{Arguments, AuthenticationError, Connection, Hub, HubError, Value};
use super::pump::Pump;
use super::subscriptions::Place;
use super::typing::{self, Typing};
use super::values;
use crate::auth::Gate;
use crate::domain::{Address, Clock, Refusal, TopicId, UnixMillis, limits};
use crate::error::ApiError;
use crate::store::{Store, StoreError};

/// Who is behind a connection.
#[derive(Clone)]
pub struct HubUser {
    /// The device.
    pub device: Address,
    /// When its token expires.
    pub expires_at: UnixMillis,
}

/// Equal devices are the same caller: a client may take a new token between negotiating and connecting.
impl PartialEq for HubUser {
    fn eq(&self, other: &Self) -> bool {
        self.device == other.device
    }
}

/// What clients may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubMethod {
    /// Starts the pushes of the caller's mailbox.
    Resume,
    /// Drops what has arrived.
    Acknowledge,
    /// Starts the pushes of a topic, for a member.
    SubscribeTopic,
    /// Ends them.
    UnsubscribeTopic,
    /// Tells devices of a conversation that the caller writes.
    SendTyping,
}

impl HubMethod {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Resume,
        Self::Acknowledge,
        Self::SubscribeTopic,
        Self::UnsubscribeTopic,
        Self::SendTyping,
    ];

    /// The name that clients call it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resume => "Resume",
            Self::Acknowledge => "Acknowledge",
            Self::SubscribeTopic => "SubscribeTopic",
            Self::UnsubscribeTopic => "UnsubscribeTopic",
            Self::SendTyping => "SendTyping",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let named = |method: &Self| name.eq_ignore_ascii_case(method.name());
        Self::ALL.into_iter().find(named)
    }
}

/// The CommunicationHub.
pub struct CommunicationHub {
    gate: Arc<Gate>,
    store: Arc<dyn Store>,
    clock: Clock,
    live: Arc<Live>,
}

impl CommunicationHub {
    /// A hub over a store; `live` is where others find the connections.
    #[must_use]
    pub fn new(gate: Arc<Gate>, store: Arc<dyn Store>, clock: Clock, live: Arc<Live>) -> Self {
        Self {
            gate,
            store,
            clock,
            live,
        }
    }

    async fn resume(
        &self,
        connection: &Connection<HubUser>,
        after: u64,
    ) -> Result<Value, HubError> {
        let range = self
            .store
            .mailbox_range(connection.user().device)
            .await
            .map_err(hub_error)?;
        if after > range.last_seq {
            return Err(HubError::Refused(
                "bad-request: after is beyond the last seq".into(),
            ));
        }
        let pump = self.live.pump_of(connection).ok_or(HubError::Internal)?;
        pump.resume(after).await;
        Ok(values::range(range))
    }

    async fn acknowledge(
        &self,
        connection: &Connection<HubUser>,
        up_to: u64,
    ) -> Result<Value, HubError> {
        if up_to > limits::MAX_SEQ {
            return Err(HubError::Refused(
                "bad-request: upTo is beyond the last seq".into(),
            ));
        }
        self.store
            .acknowledge(connection.user().device, up_to)
            .await
            .map_err(hub_error)?;
        Ok(Value::Null)
    }

    /// Subscribes a member. The place is taken before membership is looked up, so that whoever removes the device from then on ends
    /// the subscription; and pushes go on from what the answer says.
    async fn subscribe(
        &self,
        connection: &Connection<HubUser>,
        topic: TopicId,
    ) -> Result<Value, HubError> {
        let live = self
            .live
            .connections
            .find(connection)
            .ok_or(HubError::Internal)?;
        let subscriptions = &self.live.subscriptions;
        if !subscriptions.reserve(live, topic) {
            return Err(HubError::Refused(
                "too-large: at most 200 subscriptions a connection".into(),
            ));
        }
        let answer = self.activate(connection, topic).await;
        if answer.is_err() {
            subscriptions.cancel(connection.id(), topic);
        }
        answer
    }

    /// Tells the devices that are connected, and the caller nothing of who is.
    async fn send_typing(
        &self,
        connection: &Connection<HubUser>,
        call: typing::Call,
    ) -> Result<Value, HubError> {
        let sender = connection.user().device;
        let limited = self.gate.rates.typing(sender, call.envelopes.len());
        limited.map_err(api_hub_error)?;
        let conversation = self
            .store
            .conversation(sender.user_id, call.conversation)
            .await
            .map_err(hub_error)?
            .ok_or_else(|| hub_error(Refusal::NotFound.into()))?;
        let participants = &conversation.participant_ids;
        for (to, _) in &call.envelopes {
            if *to == sender || participants.binary_search(&to.user_id).is_err() {
                return Err(HubError::Refused(
                    "bad-request: envelopes: not a device of another participant".into(),
                ));
            }
        }
        for (device, content) in call.envelopes {
            let typing = Typing {
                conversation: conversation.id,
                sender,
                content,
            };
            self.live.announce(Hint::Typing { device, typing });
        }
        Ok(Value::Null)
    }

    async fn activate(
        &self,
        connection: &Connection<HubUser>,
        topic: TopicId,
    ) -> Result<Value, HubError> {
        let device = connection.user().device;
        let seen = self.store.topic(device, topic).await.map_err(hub_error)?;
        let place = Place {
            seq: seen.last_seq,
            epoch: seen.epoch,
        };
        let subscriptions = &self.live.subscriptions;
        if !seen.is_member || !subscriptions.activate(connection.id(), topic, place) {
            return Err(hub_error(Refusal::NotFound.into()));
        }
        // What came since it was looked up has been announced already.
        self.live.feed(topic);
        Ok(values::topic(&seen))
    }
}

fn topic_argument(arguments: &Arguments) -> Result<TopicId, HubError> {
    arguments.exactly(1)?;
    let text = arguments.get(0).and_then(Value::as_str).unwrap_or_default();
    text.parse()
        .map_err(|_| HubError::Refused("bad-request: topicId: not a valid id".into()))
}

impl Hub for CommunicationHub {
    type User = HubUser;

    async fn authenticate(&self, token: &str) -> Result<HubUser, AuthenticationError> {
        match self.gate.authenticate(token).await {
            Ok(login) => Ok(HubUser {
                device: login.device,
                expires_at: login.expires_at,
            }),
            Err(ApiError::Refused(_)) => Err(AuthenticationError::Unauthorized),
            Err(_) => Err(AuthenticationError::Unavailable),
        }
    }

    async fn connected(&self, connection: &Connection<HubUser>) {
        let pump = Arc::new(Pump::default());
        self.live.enter(LiveConnection {
            connection: connection.clone(),
            pump: Arc::clone(&pump),
        });
        // After entering: whoever revokes the device from now on finds the connection, and before, this finds it out.
        pump.look_at_keys();
        let expires_in = connection
            .user()
            .expires_at
            .saturating_sub(self.clock.now());
        tokio::spawn(pump.run(connection.clone(), Arc::clone(&self.store), expires_in));
    }

    async fn invoke(
        &self,
        connection: &Connection<HubUser>,
        target: &str,
        arguments: Arguments,
    ) -> Result<Value, HubError> {
        match HubMethod::named(target).ok_or(HubError::MethodNotFound)? {
            HubMethod::Resume => {
                arguments.exactly(1)?;
                self.resume(connection, arguments.u64(0)?).await
            }
            HubMethod::Acknowledge => {
                arguments.exactly(1)?;
                self.acknowledge(connection, arguments.u64(0)?).await
            }
            HubMethod::SubscribeTopic => {
                self.subscribe(connection, topic_argument(&arguments)?)
                    .await
            }
            HubMethod::UnsubscribeTopic => {
                let topic = topic_argument(&arguments)?;
                self.live.subscriptions.cancel(connection.id(), topic);
                Ok(Value::Null)
            }
            HubMethod::SendTyping => {
                self.send_typing(connection, typing::Call::read(&arguments)?)
                    .await
            }
        }
    }

    async fn disconnected(&self, connection: &Connection<HubUser>) {
        self.live.leave(connection);
    }
}

/// The text begins with the code that the REST API has for it.
fn hub_error(error: StoreError) -> HubError {
    match error {
        StoreError::Refused(Refusal::Unauthorized) => HubError::Unauthorized,
        error => api_hub_error(error.into()),
    }
}

fn api_hub_error(error: ApiError) -> HubError {
    HubError::Refused(format!("{}: {error}", error.code().0))
}
