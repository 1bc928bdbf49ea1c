import Glibc
import Lifecycle
import Testing

/// Each test has a signal of its own, because signals belong to the whole process.
@Suite(.timeLimit(.minutes(1))) struct SignalsTests {
    @Test("A signal sent to the process comes out of the stream")
    func delivery() async {
        let signals = Signals.stream([SIGUSR1])
        kill(getpid(), SIGUSR1)
        var iterator = signals.makeAsyncIterator()
        #expect(await iterator.next() == SIGUSR1)
    }

    @Test("Every stream for a signal gets it")
    func twoStreams() async {
        let streams = [Signals.stream([SIGWINCH]), Signals.stream([SIGWINCH, SIGURG])]
        kill(getpid(), SIGWINCH)
        for stream in streams {
            var iterator = stream.makeAsyncIterator()
            #expect(await iterator.next() == SIGWINCH)
        }
    }

    @Test("When the last stream has gone, what was in force before comes back")
    func restoration() {
        Signals.ignore(SIGUSR2)
        var first: AsyncStream<Int32>? = Signals.stream([SIGUSR2])
        var second: AsyncStream<Int32>? = Signals.stream([SIGUSR2])
        #expect(!isIgnored(SIGUSR2))
        withExtendedLifetime(first) {}
        first = nil
        #expect(!isIgnored(SIGUSR2))
        withExtendedLifetime(second) {}
        second = nil
        #expect(isIgnored(SIGUSR2))
    }

    @Test("The first signal asks for the graceful stop, the second for the stop at once")
    func twoSignals() async throws {
        let (signals, source) = AsyncStream.makeStream(of: Int32.self)
        let stop = ShutdownSignal()
        let abort = ShutdownSignal()
        let listener = Task { try await StopOnSignals(signals, stop: stop, abort: abort).run() }
        source.yield(SIGTERM)
        await stop.wait()
        #expect(!abort.isTriggered)
        source.yield(SIGINT)
        await abort.wait()
        listener.cancel()
        _ = await listener.result
    }

    private func isIgnored(_ signal: Int32) -> Bool {
        var current = sigaction()
        sigaction(signal, nil, &current)
        return unsafeBitCast(current.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
