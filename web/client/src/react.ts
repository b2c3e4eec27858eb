/** Sealpost for React 18 and later: a client for the components below a provider, and hooks that keep them up to date. */
export { SealpostProvider, useSealpost, type SealpostProviderProps, type SealpostState } from "./react/provider.js";
export {
  useConnection,
  useContacts,
  useConversations,
  useMe,
  useMessages,
  usePosts,
  useSafetyNumber,
  useTopics,
  useVault,
  type HistoryState,
  type HookOptions,
  type ListState,
  type SafetyNumberState,
} from "./react/hooks.js";
