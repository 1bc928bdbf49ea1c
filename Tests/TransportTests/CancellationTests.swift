import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(5))) struct CancellationTests {
    private let client: CurlHTTPClient
    private let plain = ConnectionOptions()

    init() throws {
        client = try .start()
    }

    @Test func `A cancelled call ends at once and closes its connection`() async throws {
        let (asked, ended) = (Event<Void>(), Event<Void>())
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            asked.happen()
            connection.waitForEnd()
            ended.happen()
        }
        let call = Task { [client, plain] in try await client.send(HTTPRequest(url: server.url), over: plain) }
        await asked.wait()
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        await ended.wait()
    }

    @Test func `A stream that is cancelled before its head ends at once and closes its connection`() async throws {
        let (asked, ended) = (Event<Void>(), Event<Void>())
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            asked.happen()
            connection.waitForEnd()
            ended.happen()
        }
        let call = Task { [client, plain] in _ = try await client.stream(HTTPRequest(url: server.url), over: plain) }
        await asked.wait()
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        await ended.wait()
    }

    @Test func `A cancelled reader ends at once and closes the connection`() async throws {
        let (read, ended) = (Event<Void>(), Event<Void>())
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write(TestResponse.chunkedHead + TestResponse.chunk("a chunk"))
            connection.waitForEnd()
            ended.happen()
        }
        let reader = Task { [client, plain] in
            let stream = try await client.stream(HTTPRequest(url: server.url), over: plain)
            for try await _ in stream.body { read.happen() }
        }
        await read.wait()
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
        await ended.wait()
    }

    @Test func `A stream that nobody holds closes its connection`() async throws {
        let ended = Event<Void>()
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write(TestResponse.chunkedHead)
            connection.waitForEnd()
            ended.happen()
        }
        _ = try await client.stream(HTTPRequest(url: server.url), over: plain)
        await ended.wait()
    }

    @Test func `A call of a task that is cancelled already is not sent`() async throws {
        let server = try TestServer { connection, _ in connection.answerAll() }
        let call = Task { [client, plain] in
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await client.send(HTTPRequest(url: server.url), over: plain)
        }
        await #expect(throws: CancellationError.self) { try await call.value }
        #expect(server.connectionCount == 0)
    }

    @Test func `A cancel at any moment ends the call`() async throws {
        let server = try TestServer { connection, _ in connection.waitForEnd() }
        // A cancel that is lost shows as a time-out.
        let (client, plain, request) = (client, plain, HTTPRequest(url: server.url, timeout: .seconds(120)))
        await withTaskGroup(of: Bool.self) { group in
            for round in 0..<200 {
                group.addTask {
                    let call = Task { try await client.send(request, over: plain) }
                    for _ in 0..<(round % 20) { await Task.yield() }
                    call.cancel()
                    guard case .failure(let error) = await call.result else { return false }
                    return error is CancellationError
                }
            }
            for await isCancelled in group { #expect(isCancelled) }
        }
    }

    @Test func `A shutdown ends calls, readers and what comes later`() async throws {
        let server = try TestServer { connection, index in
            _ = connection.readRequest()
            if index == 0 { connection.write(TestResponse.chunkedHead) }
            connection.waitForEnd()
        }
        let request = HTTPRequest(url: server.url)
        let stream = try await client.stream(request, over: plain)
        let reader = Task { for try await _ in stream.body {} }
        let call = Task { [client, plain] in _ = try await client.send(request, over: plain) }
        await client.shutdown()
        await client.shutdown()
        for task in [reader, call, Task { [client, plain] in _ = try await client.send(request, over: plain) }] {
            let error = await #expect(throws: TransportError.self) { try await task.value }
            #expect(error?.code == .closed)
        }
    }
}
