/**
 * What a guest decides wrong after a port access. The name says it in words; `per` says where two such decisions are
 * two causes: in two functions, or in two source files.
 */
export interface DecisionKind {
  readonly name: string;
  readonly per: 'function' | 'file';
}

export type DecisionName =
  | 'givesUp'
  | 'keepsDead'
  | 'keepsClosed'
  | 'takesCheckpoint'
  | 'greets'
  | 'answersUnasked'
  | 'dropsRequest'
  | 'dropsReply'
  | 'neverAnswers'
  | 'neverReports'
  | 'closesUnanswered'
  | 'leavesOpen'
  | 'stopsPolling'
  | 'reopens'
  | 'complains';

export const DECISIONS: Readonly<Record<DecisionName, DecisionKind>> = {
  givesUp: { name: 'it gives up after a failed attach step', per: 'function' },
  keepsDead: { name: 'it never closes a dead channel', per: 'function' },
  keepsClosed: { name: 'it keeps the channel when CLOSE fails', per: 'function' },
  // A driver reads the status words of all its transfers in its message layer.
  takesCheckpoint: { name: 'it takes a checkpoint for an answer', per: 'file' },
  greets: { name: 'it greets unasked', per: 'function' },
  answersUnasked: { name: 'it answers without a request', per: 'function' },
  dropsRequest: { name: 'it drops a request that failed', per: 'function' },
  dropsReply: { name: 'it drops a reply that failed', per: 'function' },
  neverAnswers: { name: 'it never answers a request', per: 'function' },
  neverReports: { name: 'it never reports a state change', per: 'function' },
  closesUnanswered: { name: 'it closes a channel with a request unanswered', per: 'function' },
  leavesOpen: { name: 'it leaves a channel open', per: 'function' },
  stopsPolling: { name: 'it stops polling', per: 'function' },
  reopens: { name: 'it opens channels for ever', per: 'function' },
  complains: { name: 'it complains each time it tries', per: 'function' },
};
