import type { HostServices } from '../host-event.ts';
import type { HostOptions } from '../options.ts';
import type { RpciSession } from '../rpci/session.ts';
import { mayOpenTclo } from '../tclo/owner.ts';
import type { TcloSession } from '../tclo/session.ts';
import type { Channels, MessageSink } from './channels.ts';

/** Who stands behind the channels: each protocol's own session. */
export function messageSink(
  options: HostOptions,
  channels: Channels,
  tclo: TcloSession,
  rpci: RpciSession,
  hostServices: HostServices,
): MessageSink {
  return {
    mayOpen: (protocol) =>
      protocol === 'tclo'
        ? mayOpenTclo(options.secondOwner, channels.slots, hostServices)
        : options.rpciUntilReset === 'accept' || tclo.state.resetAnswered,
    opened: (channel) => {
      if (channel.protocol === 'tclo') tclo.opened(channel);
      else rpci.opens += 1;
    },
    announced: (channel, size) => tclo.announced(channel, size),
    received: (channel, bytes) => (channel.protocol === 'tclo' ? tclo : rpci).received(channel, bytes),
    fetched: (channel, accepted) => {
      const text = (channel.tclo === null ? channel.command : channel.tclo.posted?.text) ?? '';
      hostServices.notify(accepted ? 'fetched' : 'dropped', text, channel.id);
      tclo.fetched(channel, accepted);
    },
    lost: (channel) => tclo.lost(channel),
  };
}
