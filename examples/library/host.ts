import * as p from 'vmtbench/protocol';
import { VmwareHost } from 'vmtbench/tclo-host';

const host = new VmwareHost();
const version = new p.PlainRegisters({ eax: p.BDOOR_MAGIC, ecx: p.BDOOR_CMD_GETVERSION });
host.call(version);
console.log(`version ${version.eax}, product ${version.ecx}, magic ${version.ebx === p.BDOOR_MAGIC}`);

const open = new p.PlainRegisters({
  eax: p.BDOOR_MAGIC,
  ebx: p.RPCI_PROTOCOL_NUM + p.GUESTMSG_FLAG_COOKIE,
  ecx: p.BDOOR_CMD_MESSAGE,
});
host.call(open);
console.log(p.outcomeOf(p.statusOf('low', open)), `channel ${open.edx >>> 16}`, host.report.rpciOpens);
