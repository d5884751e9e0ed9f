"""VMware's side, as far as the driver asks for it: what bench/c/driver_host.c is."""

BDOOR_MAGIC = 0x564D5868
BDOOR_CMD_MESSAGE = 0x1E
BDOOR_CMD_GETTIMEFULL = 0x2E
SUCCESS = 0x0001
DORECV = 0x0002
HB = 0x0080
RPCI = 0x49435052
TCLO = 0x4F4C4354
COOKIE = 0x80000000
CHANNELS = 8
SECOND = 1_000_000_000
EPOCH = 1_706_140_800
NEVER = float("inf")
OPEN, SENDSIZE, SENDPAYLOAD, RECVSIZE, RECVPAYLOAD, RECVSTATUS, CLOSE = range(7)
OPENING = [b"Capabilities_Register", b"Set_Option broadcastIP 1", b"OS_PowerOn"]


class Channel:
    def __init__(self, protocol, cookies):
        self.protocol = protocol
        self.cookies = cookies
        self.size = 0
        self.incoming = b""
        self.outgoing = None
        self.at = 0
        self.sized = False

    def post(self, text):
        self.outgoing = text
        self.at = 0
        self.sized = False


class Host:
    def __init__(self, machine):
        self.machine = machine
        self.reset()

    def reset(self):
        self.channels = [None] * CHANNELS
        self.cookie = 0
        self.queue = []
        self.outstanding = None
        self.asked = False
        self.greeted = False
        self.ping_due = NEVER

    def pump(self, channel):
        if channel.outgoing is not None or self.outstanding is not None:
            return
        if self.queue:
            channel.post(self.queue.pop(0))
            self.ping_due = NEVER
        elif self.greeted:
            self.ping_due = (self.machine.now // (15 * SECOND) + 1) * 15 * SECOND

    def advance(self):
        if self.machine.now < self.ping_due:
            return
        self.ping_due = NEVER
        self.queue.append(b"ping")
        for channel in self.channels:
            if channel is not None and channel.protocol == TCLO:
                self.pump(channel)

    def received(self, channel, text):
        if channel.protocol == RPCI:
            if text:
                self.machine.note("rpci", text)
                channel.post(b"1 ")
            return
        if not text:
            if not self.asked:
                self.asked = True
                self.queue.append(b"reset")
                self.pump(channel)
            return
        self.machine.note("reply", text)
        if self.outstanding == b"reset" and text.startswith(b"OK ATR "):
            self.greeted = True
            self.queue += OPENING
        self.outstanding = None
        self.pump(channel)

    def find(self, rdx, high, low):
        number = (rdx & 0xFFFFFFFF) >> 16
        channel = self.channels[number] if number < CHANNELS else None
        if channel is None or channel.cookies != (high & 0xFFFFFFFF, low & 0xFFFFFFFF):
            return None
        return channel

    def call(self, rax, rbx, rcx, rdx, rsi, rdi):
        assert rax & 0xFFFFFFFF == BDOOR_MAGIC
        self.advance()
        command = rcx & 0xFFFF
        if command == BDOOR_CMD_GETTIMEFULL:
            now = self.machine.now
            second = EPOCH + now // SECOND
            return BDOOR_MAGIC, now % SECOND // 1000, 1_000_000, second & 0xFFFFFFFF, second >> 32, rdi
        if command != BDOOR_CMD_MESSAGE:
            return 0xFFFFFFFF, rbx, rcx, rdx, rsi, rdi
        status, rbx, rdx, rsi, rdi = self.message(rcx >> 16, rbx, rdx, rsi, rdi)
        return status & SUCCESS, rbx, status << 16, rdx, rsi, rdi

    def message(self, step, rbx, rdx, rsi, rdi):
        if step == OPEN:
            protocol = rbx & ~COOKIE
            if protocol not in (RPCI, TCLO) or None not in self.channels:
                return 0, rbx, rdx, rsi, rdi
            number = self.channels.index(None)
            cookies = (self.next_cookie(), self.next_cookie())
            self.channels[number] = Channel(protocol, cookies)
            return SUCCESS, rbx, number << 16, *cookies
        channel = self.find(rdx, rsi, rdi)
        if channel is None:
            return 0, rbx, rdx, rsi, rdi
        status = 0
        if step == SENDSIZE:
            channel.size = rbx & 0xFFFFFFFF
            channel.incoming = b""
            if channel.size == 0:
                self.received(channel, b"")
            status = SUCCESS | HB
        elif step == RECVSIZE:
            status = SUCCESS | HB
            rbx = rdx = 0
            if channel.outgoing is not None:
                channel.sized = True
                channel.at = 0
                rbx = len(channel.outgoing)
                rdx = SENDSIZE << 16
                status |= DORECV
        elif step == RECVSTATUS and channel.outgoing is not None and channel.sized:
            if channel.protocol == TCLO:
                self.outstanding = channel.outgoing
            channel.outgoing = None
            status = SUCCESS
        elif step == CLOSE:
            self.channels[self.channels.index(channel)] = None
            status = SUCCESS
        return status, rbx, rdx, rsi, rdi

    def next_cookie(self):
        self.cookie = (self.cookie + 0x9E3779B9) & 0xFFFFFFFF
        return self.cookie

    def send(self, rdx, rbp, rdi, data):
        channel = self.find(rdx, rbp, rdi)
        self.advance()
        if channel is None or len(channel.incoming) + len(data) > channel.size:
            return 0
        channel.incoming += data
        if len(channel.incoming) == channel.size:
            self.received(channel, channel.incoming)
        return SUCCESS << 16

    def receive(self, rdx, rsi, rbp, room):
        channel = self.find(rdx, rsi, rbp)
        self.advance()
        if channel is None or channel.outgoing is None or not channel.sized:
            return 0, b""
        data = channel.outgoing[channel.at : channel.at + room]
        channel.at += len(data)
        return SUCCESS << 16, data
