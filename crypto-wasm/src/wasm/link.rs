//! The module of the account's devices: it is loaded when somebody links one, or looks at the list. It works on the database of the engine
//! of conversations, with the vault key that is handed over, as the engine of topics does. What two devices say to each other while one is
//! linked lives in its memory alone. The calls are those of `web/client/src/worker/link/link-engine.ts`.

use std::cell::{Cell, RefCell};
use std::mem::take;
use std::rc::Rc;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use js_sys::{Array, JSON, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::error::Thrown;
use super::json::{Bytes, Json, ToJson};
use super::read::{Arguments, Read, byte_string};
use super::types::objects;
use crate::client::devices::{DeviceChange, DeviceView, steps};
use crate::client::{Client, ClientError, Me, Outcome, Txn};
use crate::identity::{Device, PreKeyRequest, PreKeyStock};
use crate::linking::{
    Channel, Comparison, Gathered, LinkingCode, LinkingError, LinkingMessage, NewDevice, NewSide,
    OldSide, Parts, ShortString,
};
use crate::store::vault::Vault;
use crate::store::{IndexedDbStore, Sealed};
use crate::wire::Address;

type Inner = Client<Sealed<IndexedDbStore>, UnwrapErr<SysRng>>;

/// How far an encounter has come. A message that does not belong there ends it.
#[derive(Default)]
enum Stage {
    #[default]
    None,
    New(NewSide),
    Old(OldSide),
    Compare(Comparison),
    /// The old device, after its person has confirmed.
    Confirmed(Channel, u32),
    /// The new device, after its person has confirmed, and what has come to it.
    Receiving(Channel, Box<Device>, Address, Gathered),
    Sending(Channel, Parts),
}

/// The devices of one profile's account.
#[wasm_bindgen]
pub struct LinkEngine {
    store: IndexedDbStore,
    client: Rc<Inner>,
    stage: Rc<RefCell<Stage>>,
    is_closed: Cell<bool>,
}

#[wasm_bindgen]
impl LinkEngine {
    /// Opens the local store of a profile with what its vault has handed over.
    pub async fn open(profile: String, handed: JsValue) -> Result<LinkEngine, Thrown> {
        let store = IndexedDbStore::open(&format!("sealpost-{profile}"))
            .await
            .map_err(ClientError::from)?;
        let key = Vault::take_over(&handed).await.map_err(ClientError::from)?;
        let sealed = Sealed::new(store.clone(), key);
        Ok(Self {
            store,
            client: Rc::new(Client::new(sealed, UnwrapErr(SysRng))),
            stage: Rc::default(),
            is_closed: Cell::new(false),
        })
    }

    /// Does a call; the first argument is the time.
    pub fn call(&self, method: &str, arguments: Array) -> Promise {
        let (client, stage) = (self.client.clone(), self.stage.clone());
        let (method, given) = (method.to_owned(), Arguments(arguments));
        let is_closed = self.is_closed.get();
        future_to_promise(async move {
            if is_closed {
                return Err(super::error::js_error("closed", "the engine is closed").into());
            }
            let now = given.integer(0).map_err(Thrown::from)?;
            let answer = match said(&stage, &method, &given, now) {
                Some(answer) => answer,
                None => perform(&client, &stage, &method, &given, now).await,
            };
            JSON::parse(&answer.map_err(Thrown::from)?)
        })
    }

    /// Wipes what is in memory and closes the database.
    pub fn close(&self) {
        self.is_closed.set(true);
        self.stage.replace(Stage::None);
        self.client.clear();
        self.store.close();
    }
}

/// What is to be compared, and what is to be sent.
struct Compared {
    string: ShortString,
    reveal: Option<Vec<u8>>,
}

struct Begun {
    rendezvous: String,
    code: Option<String>,
    accept: Option<Vec<u8>>,
}

struct Progress {
    content: Option<Vec<u8>>,
    at: (usize, usize),
}

struct Adopted {
    me: Me,
    done: Vec<u8>,
}

struct Number(u64);

impl ToJson for Number {
    fn write(&self, json: &mut Json) {
        self.0.write(json);
    }
}

fn bytes(of: &Option<Vec<u8>>) -> Option<Bytes<&[u8]>> {
    of.as_deref().map(Bytes)
}

objects! {
    DeviceView: device {
        "id": Number(device.device_id.into()),
        "name": device.name,
        "full": device.full,
        "addedAt": device.added_at,
        "current": device.current,
    }
    PreKeyStock: stock {
        "signedAt": stock.signed_at,
        "lastResortAt": stock.last_resort_at,
        "oneTime": stock.one_time,
        "kem": stock.kem,
    }
    DeviceChange: change {
        "deviceId": Number(change.device_id.into()),
        "deviceList": Bytes(change.device_list.as_slice()),
        "link": change.link,
    }
    Begun: begun {
        "rendezvous": begun.rendezvous,
        "code": begun.code,
        "accept": bytes(&begun.accept),
    }
    Compared: compared {
        "decimals": compared.string.decimals().map(|number| Number(number.into())).into_iter().collect::<Vec<_>>(),
        "emoji": compared.string.emoji().map(|number| Number(number.into())).into_iter().collect::<Vec<_>>(),
        "reveal": bytes(&compared.reveal),
    }
    Progress: progress {
        "content": bytes(&progress.content),
        "done": Number(progress.at.0 as u64),
        "total": Number(progress.at.1 as u64),
    }
    Adopted: adopted {
        "me": adopted.me,
        "done": Bytes(adopted.done.as_slice()),
    }
}

impl ToJson for [Vec<u8>; 3] {
    fn write(&self, json: &mut Json) {
        let [certificate, signed, kem] = self;
        json.object(|json| {
            json.member("certificate", &Bytes(certificate.as_slice()));
            json.member("signedPreKey", &Bytes(signed.as_slice()));
            json.member("kemLastResort", &Bytes(kem.as_slice()));
        });
    }
}

fn ended() -> ClientError {
    LinkingError::Tampered.into()
}

fn message(given: &Arguments) -> Read<Vec<u8>> {
    byte_string(&given.any(1))
}

/// Calls that touch no record. None if it is not one of them.
fn said(
    stage: &RefCell<Stage>,
    method: &str,
    given: &Arguments,
    now: u64,
) -> Option<Result<String, ClientError>> {
    let rng = &mut UnwrapErr(SysRng);
    let mut run = || -> Result<Option<String>, ClientError> {
        Ok(Some(match method {
            "newBegin" => {
                let side = NewSide::begin(rng);
                let begun = Begun {
                    rendezvous: side.code().rendezvous_text(),
                    code: Some(side.code().to_text()?),
                    accept: None,
                };
                stage.replace(Stage::New(side));
                Json::of(&begun)
            }
            "newAccept" => {
                let Stage::New(mut side) = stage.take() else {
                    return Err(ended());
                };
                let key = side.accept(&message(given)?)?;
                stage.replace(Stage::New(side));
                Json::of(&Bytes(key.as_slice()))
            }
            "newReveal" => {
                let Stage::New(side) = stage.take() else {
                    return Err(ended());
                };
                let comparison = side.reveal(&message(given)?)?;
                let compared = Compared {
                    string: *comparison.string(),
                    reveal: None,
                };
                stage.replace(Stage::Compare(comparison));
                Json::of(&compared)
            }
            "newConfirm" => {
                let Stage::Compare(comparison) = stage.take() else {
                    return Err(ended());
                };
                let (old, id) = (comparison.old(), comparison.new_device_id());
                let mut channel = comparison.confirm();
                let mut device = Device::uncertified(id, now, rng)?;
                let request = PreKeyRequest {
                    one_time: 0,
                    kem: 0,
                    rotate: true,
                    created_at_ms: now,
                };
                device.generate_prekeys(&request, rng)?;
                let offer = NewDevice::of(&device, &given.text(1)?)?;
                let sealed = channel.seal(&LinkingMessage::Device(offer))?;
                let gathered = Gathered::default();
                stage.replace(Stage::Receiving(channel, Box::new(device), old, gathered));
                Json::of(&Bytes(sealed.as_slice()))
            }
            "newTake" => {
                let Stage::Receiving(mut channel, device, old, mut gathered) = stage.take() else {
                    return Err(ended());
                };
                let LinkingMessage::Part { left, bytes } = channel.open(&message(given)?)? else {
                    return Err(ended());
                };
                gathered.add(left, &bytes)?;
                let progress = Progress {
                    content: None,
                    at: gathered.progress(),
                };
                stage.replace(Stage::Receiving(channel, device, old, gathered));
                Json::of(&progress)
            }
            "oldKey" => {
                let Stage::Old(side) = stage.take() else {
                    return Err(ended());
                };
                let (comparison, reveal) = side.key(&message(given)?, rng)?;
                let compared = Compared {
                    string: *comparison.string(),
                    reveal: Some(reveal),
                };
                stage.replace(Stage::Compare(comparison));
                Json::of(&compared)
            }
            "oldConfirm" => {
                let Stage::Compare(comparison) = stage.take() else {
                    return Err(ended());
                };
                let id = comparison.new_device_id();
                stage.replace(Stage::Confirmed(comparison.confirm(), id));
                Json::of(&())
            }
            "oldPart" => {
                let mut stage = stage.borrow_mut();
                let Stage::Sending(channel, parts) = &mut *stage else {
                    return Err(ended());
                };
                let content = match parts.next() {
                    Some(part) => Some(channel.seal(&part)?),
                    None => None,
                };
                Json::of(&Progress {
                    content,
                    at: parts.progress(),
                })
            }
            "oldDone" => {
                let Stage::Sending(mut channel, _) = stage.take() else {
                    return Err(ended());
                };
                let LinkingMessage::Done = channel.open(&message(given)?)? else {
                    return Err(ended());
                };
                Json::of(&())
            }
            "refuse" => {
                let mut channel = match stage.take() {
                    // The person has not confirmed: nothing but this goes over the channel.
                    Stage::Compare(comparison) => comparison.confirm(),
                    Stage::Confirmed(channel, _)
                    | Stage::Receiving(channel, ..)
                    | Stage::Sending(channel, _) => channel,
                    _ => return Ok(Some(Json::of(&()))),
                };
                let sealed = channel.seal(&LinkingMessage::Refusal)?;
                Json::of(&Bytes(sealed.as_slice()))
            }
            _ => return Ok(None),
        }))
    };
    run().transpose()
}

/// The answer to a call, once it is on disk.
async fn perform(
    client: &Inner,
    stage: &RefCell<Stage>,
    method: &str,
    given: &Arguments,
    now: u64,
) -> Result<String, ClientError> {
    // The engine of conversations works on the same database.
    client.refresh().await?;
    let device_id = || {
        given
            .integer(1)
            .map(|id| u32::try_from(id).unwrap_or(u32::MAX))
    };
    match method {
        "devices" => client.step(steps::list).await.map(value),
        "stock" => client.step(steps::stock).await.map(value),
        "settle" => act(client, |txn| steps::settle(txn, now)).await,
        "rename" => {
            let (id, name) = (device_id()?, given.text(2)?);
            act(client, |txn| steps::rename(txn, id, &name, now)).await
        }
        "revoke" => {
            let id = device_id()?;
            act(client, |txn| steps::revoke(txn, id, now)).await
        }
        "change" => client.step(steps::pending).await.map(value),
        "changeAccepted" => act(client, |txn| steps::accepted(txn, now)).await,
        "changeRefused" => act(client, steps::refused).await,
        "oldBegin" => {
            let code = LinkingCode::from_text(&given.text(1)?)?;
            let rendezvous = code.rendezvous_text();
            let own = client.step(steps::linking_address).await?.value;
            let (side, accept) = OldSide::begin(code, own, &mut UnwrapErr(SysRng))?;
            stage.replace(Stage::Old(side));
            Ok(Json::of(&Begun {
                rendezvous,
                code: None,
                accept: Some(accept),
            }))
        }
        "oldDevice" => {
            let Stage::Confirmed(mut channel, id) = stage.take() else {
                return Err(ended());
            };
            let LinkingMessage::Device(device) = channel.open(&message(given)?)? else {
                return Err(ended());
            };
            stage.replace(Stage::Confirmed(channel, id));
            let full = given.any(2).is_truthy();
            act(client, |txn| steps::begin_link(txn, id, &device, full, now)).await
        }
        "oldHandover" => {
            let Stage::Confirmed(channel, id) = stage.take() else {
                return Err(ended());
            };
            let since = given.integer(1)?;
            let handed = client.step(|txn| steps::handover(txn, id, since)).await?;
            let parts = Parts::of(handed.value);
            let at = parts.progress();
            stage.replace(Stage::Sending(channel, parts));
            Ok(Json::of(&Progress { content: None, at }))
        }
        "newAdopt" => {
            let Stage::Receiving(mut channel, device, old, gathered) =
                take(&mut *stage.borrow_mut())
            else {
                return Err(ended());
            };
            let handover = gathered.bytes();
            let adopted = client
                .step(|txn| steps::adopt(txn, &device, old, handover, now))
                .await?;
            let done = channel.seal(&LinkingMessage::Done)?;
            let me = adopted.value;
            Ok(Json::of(&Adopted { me, done }))
        }
        _ => Err(ClientError::Internal("no such call")),
    }
}

fn value<T: ToJson>(outcome: Outcome<T>) -> String {
    Json::of(&outcome.value)
}

/// A step that listeners are told of.
async fn act<T: ToJson>(
    client: &Inner,
    step: impl FnMut(&mut Txn<'_>) -> Result<T, ClientError>,
) -> Result<String, ClientError> {
    Ok(Json::of(&client.step(step).await?))
}
