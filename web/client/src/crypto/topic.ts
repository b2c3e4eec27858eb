import { type ChangesHandle, type CommitHandle, KeyPackageHandle, TopicHandle, useInvitation as spend, welcomeReferences as references } from "../wasm-gen/crypto.js";
import { type Address, checkAddress, checkBoolean, checkByteArrays, checkBytes, checkChoice, checkContentType, checkCount, checkObject, checkTime } from "./arguments.js";
import { type Device, deviceHandle } from "./device.js";
import { dispose, Handle, taking, translate } from "./handle.js";
import { assertReady } from "./load.js";

/** How each word of a policy is written on the wire (protocol §7). */
const VISIBILITIES = { invite: 1, closed: 2, open: 3 } as const;
const HISTORIES = { everything: 1, "since-joining": 2, "last-days": 3 } as const;
const INVITERS = { moderators: 1, members: 2 } as const;

/** What a topic is founded with. */
export interface TopicOptions {
  /** 16 bytes. */
  readonly topicId: Uint8Array;
  readonly visibility: keyof typeof VISIBILITIES;
  /** "everything" by default. */
  readonly history?: keyof typeof HISTORIES | undefined;
  /** The number of days with "last-days", else 0. */
  readonly historyDays?: number | undefined;
  /** "moderators" by default. */
  readonly inviters?: keyof typeof INVITERS | undefined;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** How a KeyPackage is to be used. */
export interface KeyPackageOptions {
  /** Whether it may be used more than once; false by default. */
  readonly lastResort?: boolean | undefined;
  /** Unix milliseconds; the KeyPackage is good for 90 days. */
  readonly nowMs: number;
}

/** A KeyPackage, and what its device keeps of it. */
export interface TopicKeyPackage {
  /** The encoded MLSMessage, for whoever adds the device. */
  readonly keyPackage: Uint8Array;
  /** The KeyPackageRef, which a Welcome names. */
  readonly reference: Uint8Array;
  /** Private keys. */
  readonly secret: Uint8Array;
}

/** What a joiner knows of the topic; what is not given may be anything. */
export interface ExpectedTopic {
  readonly expectedTopicId?: Uint8Array | undefined;
  /** 32 bytes, from an invitation or from having been there. */
  readonly expectedGenesisHash?: Uint8Array | undefined;
}

export interface WelcomeOptions extends ExpectedTopic {
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
  /** All encoded policies, oldest first. */
  readonly policies: readonly Uint8Array[];
  readonly keyPackage: TopicKeyPackage;
}

export interface JoinOptions extends ExpectedTopic {
  readonly groupInfo: Uint8Array;
  readonly tree: Uint8Array;
  /** All encoded policies, oldest first. */
  readonly policies: readonly Uint8Array[];
  /** An encoded InvitationUse, of {@link useInvitation}. */
  readonly invitation?: Uint8Array | undefined;
}

/** For whom an invitation is, and how often it is good. */
export interface InvitationOptions {
  /** 16 bytes. */
  readonly invitationId: Uint8Array;
  /** Either for the account of this key, */
  readonly accountKey?: Uint8Array | undefined;
  /** or for whoever holds the private half of this Ed25519 key. */
  readonly linkPublicKey?: Uint8Array | undefined;
  /** How many may come in by it at most; 1 by default. */
  readonly uses?: number | undefined;
}

/** A post before it is encrypted. */
export interface PostOptions {
  /** 16 bytes. */
  readonly postId: Uint8Array;
  readonly parentId?: Uint8Array | undefined;
  readonly sentAtMs: number;
  /** Content type and encoded body (protocol §7). */
  readonly contentType: number;
  readonly body: Uint8Array;
}

/** A commit for the relay, which takes one in each epoch. */
export interface TopicCommit {
  /** The epoch in which it was made. */
  readonly epoch: number;
  readonly commit: Uint8Array;
  /** The encoded GroupInfo of the epoch that it begins. */
  readonly groupInfo: Uint8Array;
  /** For the devices that it adds. */
  readonly welcome?: Uint8Array;
}

/** What a commit changed. Devices are encoded certificates. */
export interface TopicChanges {
  readonly epoch: number;
  readonly committer: Uint8Array;
  readonly isExternal: boolean;
  readonly added: Uint8Array[];
  readonly removed: Uint8Array[];
  /** Whether this device was removed: the topic is of no more use. */
  readonly selfRemoved: boolean;
  /** The encoded policy, if it is a new one. */
  readonly policy?: Uint8Array;
}

let construct: (object: TopicHandle) => Topic;

/** A device's end of a topic's MLS group. What throws has changed nothing. */
export class Topic {
  readonly #handle: Handle<TopicHandle>;

  static {
    construct = (object) => new Topic(object);
  }

  private constructor(object: TopicHandle) {
    if (!(object instanceof TopicHandle)) throw new TypeError("use Topic.create(), Topic.joinWelcome(), Topic.joinExternal() or Topic.import()");
    this.#handle = new Handle(object);
  }

  /** Founds a topic: a group of this device alone, whose account becomes the owner. */
  static create(device: Device, options: TopicOptions): Topic {
    const handle = deviceHandle(device);
    const { topicId, visibility, history = "everything", historyDays = 0, inviters = "moderators", nowMs } = checkObject(options, "options") as TopicOptions;
    checkBytes(topicId, "topicId", 16);
    checkCount(historyDays, "historyDays");
    checkTime(nowMs, "nowMs");
    const words = [checkChoice(visibility, "visibility", VISIBILITIES), checkChoice(history, "history", HISTORIES), historyDays, checkChoice(inviters, "inviters", INVITERS)] as const;
    return construct(handle.use((object) => TopicHandle.create(object, topicId, ...words, nowMs)));
  }

  /** Makes a KeyPackage, by which a device is added to topics. */
  static generateKeyPackage(device: Device, options: KeyPackageOptions): TopicKeyPackage {
    const handle = deviceHandle(device);
    const { lastResort = false, nowMs } = checkObject(options, "options") as KeyPackageOptions;
    checkBoolean(lastResort, "lastResort");
    checkTime(nowMs, "nowMs");
    return handle.use((object) =>
      taking(KeyPackageHandle.generate(object, lastResort, nowMs), (made) => ({
        keyPackage: made.keyPackage(),
        reference: made.reference(),
        secret: made.secret(),
      })),
    );
  }

  /** Comes into a topic that this device was added to. */
  static joinWelcome(device: Device, options: WelcomeOptions): Topic {
    const handle = deviceHandle(device);
    const { welcome, tree, policies, keyPackage } = checkObject(options, "options") as WelcomeOptions;
    checkBytes(welcome, "welcome");
    checkBytes(tree, "tree");
    const chain = checkByteArrays(policies, "policies");
    const { reference, secret } = checkObject(keyPackage, "keyPackage") as TopicKeyPackage;
    checkBytes(reference, "keyPackage.reference");
    checkBytes(secret, "keyPackage.secret");
    const expected = checkExpected(options);
    return construct(handle.use((object) => TopicHandle.joinWelcome(object, welcome, tree, chain, reference, secret, ...expected)));
  }

  /** Comes into a topic by itself: with an invitation, into an open one, or in the place of this device's own leaf. Counts once the relay took the commit. */
  static joinExternal(device: Device, options: JoinOptions): { topic: Topic; commit: TopicCommit } {
    const handle = deviceHandle(device);
    const { groupInfo, tree, policies, invitation } = checkObject(options, "options") as JoinOptions;
    checkBytes(groupInfo, "groupInfo");
    checkBytes(tree, "tree");
    const chain = checkByteArrays(policies, "policies");
    if (invitation !== undefined) checkBytes(invitation, "invitation");
    const expected = checkExpected(options);
    return handle.use((object) =>
      taking(TopicHandle.joinExternal(object, groupInfo, tree, chain, invitation, ...expected), (joined) => ({
        commit: commitOf(joined.commit()),
        topic: construct(joined.topic()),
      })),
    );
  }

  /** Restores what {@link Topic.export} of a topic of this device gave. */
  static import(device: Device, state: Uint8Array): Topic {
    const handle = deviceHandle(device);
    checkBytes(state, "state");
    return construct(handle.use((object) => TopicHandle.import(object, state)));
  }

  /** 16 bytes. */
  get topicId(): Uint8Array {
    return this.#handle.use((object) => object.topicId());
  }

  /** 32 bytes: the topic's beginning, which no other topic has. */
  get genesisHash(): Uint8Array {
    return this.#handle.use((object) => object.genesisHash());
  }

  /** The encoded policy that holds. */
  get policy(): Uint8Array {
    return this.#handle.use((object) => object.policy());
  }

  /** The group's epoch, from 0. */
  get epoch(): number {
    return this.#handle.use((object) => Number(object.epoch()));
  }

  /** The encoded certificates of all devices in the group, in the tree's order. */
  members(): Uint8Array[] {
    return this.#handle.use((object) => object.members() as Uint8Array[]);
  }

  /** The encoded GroupInfo of this epoch, without the tree. */
  groupInfo(): Uint8Array {
    return this.#handle.use((object) => object.groupInfo());
  }

  /** The encoded ratchet tree. */
  tree(): Uint8Array {
    return this.#handle.use((object) => object.tree());
  }

  /** Adds devices by their KeyPackages. The commit is pending until {@link Topic.applyPending} or {@link Topic.clearPending}. */
  add(keyPackages: readonly Uint8Array[], nowMs: number): TopicCommit {
    return this.#commit(checkByteArrays(keyPackages, "keyPackages"), [], nowMs);
  }

  /** Removes devices. As {@link Topic.add}. */
  remove(devices: readonly Address[], nowMs: number): TopicCommit {
    return this.#commit([], devices, nowMs);
  }

  /** Renews this device's keys. As {@link Topic.add}. */
  renew(nowMs: number): TopicCommit {
    return this.#commit([], [], nowMs);
  }

  #commit(add: Uint8Array[], remove: readonly Address[], nowMs: number): TopicCommit {
    if (!Array.isArray(remove)) throw new TypeError("devices must be an array");
    const devices = remove.map((device) => checkAddress(device, "devices"));
    checkTime(nowMs, "nowMs");
    const userIds = new Uint8Array(devices.flatMap(({ userId }) => [...userId]));
    const deviceIds = new Uint32Array(devices.map(({ deviceId }) => deviceId));
    return this.#handle.use((object) => commitOf(object.commit(add, userIds, deviceIds, nowMs)));
  }

  /** Applies the pending commit: the relay took it. */
  applyPending(): TopicChanges {
    return this.#handle.use((object) => changesOf(object.applyPending()));
  }

  /** Drops the pending commit: another one came first. */
  clearPending(): void {
    this.#handle.use((object) => object.clearPending());
  }

  /** Applies a commit in the epoch in which it was made. */
  process(commit: Uint8Array): TopicChanges {
    checkBytes(commit, "commit");
    return this.#handle.use((object) => changesOf(object.process(commit)));
  }

  /** MLS-Exporter (RFC 9420 §8.5) of this epoch. */
  exportSecret(label: Uint8Array, context: Uint8Array, length: number): Uint8Array {
    checkBytes(label, "label");
    checkBytes(context, "context");
    checkCount(length, "length");
    return this.#handle.use((object) => object.exportSecret(label, context, length));
  }

  /** An encoded Invitation, for an account or for a link. */
  invite(options: InvitationOptions): Uint8Array {
    const { invitationId, accountKey, linkPublicKey, uses = 1 } = checkObject(options, "options") as InvitationOptions;
    checkBytes(invitationId, "invitationId", 16);
    checkCount(uses, "uses");
    if ((accountKey === undefined) === (linkPublicKey === undefined)) throw new TypeError("give either accountKey or linkPublicKey");
    const isLink = accountKey === undefined;
    const key = isLink ? checkBytes(linkPublicKey, "linkPublicKey", 32) : checkBytes(accountKey, "accountKey", 32);
    return this.#handle.use((object) => object.invite(invitationId, key, isLink, uses));
  }

  /** Encrypts a post of `device` for everybody in this epoch. */
  encryptPost(device: Device, options: PostOptions): Uint8Array {
    const handle = deviceHandle(device);
    const { postId, parentId, sentAtMs, contentType, body } = checkObject(options, "options") as PostOptions;
    checkBytes(postId, "postId", 16);
    if (parentId !== undefined) checkBytes(parentId, "parentId", 16);
    checkTime(sentAtMs, "sentAtMs");
    checkContentType(contentType, "contentType");
    checkBytes(body, "body");
    return this.#handle.use((object) => handle.use((author) => object.encryptPost(author, postId, parentId, sentAtMs, contentType, body)));
  }

  /** Decrypts a post of this epoch; throws unless the member that it names wrote it. */
  decryptPost(post: Uint8Array): { contentType: number; body: Uint8Array } {
    checkBytes(post, "post");
    return this.#handle.use((object) => taking(object.decryptPost(post), (opened) => ({ contentType: opened.contentType(), body: opened.body() })));
  }

  /** The secret state with a pending commit, for the caller's own storage; not the device's identity key. The same state gives the same bytes. */
  export(): Uint8Array {
    return this.#handle.use((object) => object.export());
  }

  /** Frees and wipes the keys now instead of whenever this object is collected. */
  [dispose](): void {
    this.#handle.free();
  }
}

/** The KeyPackageRefs that a Welcome is for. */
export function welcomeReferences(welcome: Uint8Array): Uint8Array[] {
  checkBytes(welcome, "welcome");
  assertReady();
  return translate(() => references(welcome) as Uint8Array[]);
}

/** Spends an invitation for the device of an encoded certificate; one of a link with the 32-byte seed of the link's key. */
export function useInvitation(invitation: Uint8Array, certificate: Uint8Array, linkSeed?: Uint8Array): Uint8Array {
  checkBytes(invitation, "invitation");
  checkBytes(certificate, "certificate");
  if (linkSeed !== undefined) checkBytes(linkSeed, "linkSeed", 32);
  assertReady();
  return translate(() => spend(invitation, certificate, linkSeed));
}

type Expected = readonly [topicId: Uint8Array | undefined, genesisHash: Uint8Array | undefined];

function checkExpected({ expectedTopicId, expectedGenesisHash }: ExpectedTopic): Expected {
  if (expectedTopicId !== undefined) checkBytes(expectedTopicId, "expectedTopicId", 16);
  if (expectedGenesisHash !== undefined) checkBytes(expectedGenesisHash, "expectedGenesisHash", 32);
  return [expectedTopicId, expectedGenesisHash];
}

function commitOf(handle: CommitHandle): TopicCommit {
  return taking(handle, (made) => {
    const welcome = made.welcome();
    return { epoch: Number(made.epoch()), commit: made.commit(), groupInfo: made.groupInfo(), ...(welcome === undefined ? {} : { welcome }) };
  });
}

function changesOf(handle: ChangesHandle): TopicChanges {
  return taking(handle, (made) => {
    const policy = made.policy();
    return {
      epoch: Number(made.epoch()),
      committer: made.committer(),
      isExternal: made.isExternal(),
      added: made.added() as Uint8Array[],
      removed: made.removed() as Uint8Array[],
      selfRemoved: made.selfRemoved(),
      ...(policy === undefined ? {} : { policy }),
    };
  });
}
