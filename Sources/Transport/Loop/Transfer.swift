import CTransport

/// A transfer under way: libcurl's handle and who is told of it. Of the loop's thread.
final class Transfer {
    let id: TransferID
    let easy: EasyHandle
    /// The host and port that a stream comes from; nil for a call.
    let streamServer: Substring?
    private let tls: TLSOptions
    private let sharing: ContextSharing
    private let receiver: any TransferReceiver
    private var parser = HeadParser()
    private var hasHead = false
    /// What libcurl last said that it waits for at a socket of the transfer; once there is a head, at the connection's: those
    /// of its making are closed by then.
    var awaits = CURL_POLL_NONE
    /// Why a callback told libcurl to give up, which is more than libcurl knows of it.
    private var refusal: TransportError?

    /// Makes the handle ready to be added to a multi handle. libcurl gets unretained pointers to the transfer: it must
    /// be kept until its handle is out of the multi handle.
    ///
    /// - Throws: what the receiver is to be told by the caller.
    init(
        _ request: TransferRequest,
        receiver: any TransferReceiver,
        sharing: ContextSharing
    ) throws(TransportError) {
        id = request.id
        easy = try EasyHandle()
        streamServer = request.kind == .stream ? request.server : nil
        tls = request.tls
        self.sharing = sharing
        self.receiver = receiver
        try easy.configure(for: request)
        let context = Unmanaged.passUnretained(self).toOpaque()
        try easy.set(CURLOPT_PRIVATE, pointer: context)
        try easy.set(CURLOPT_HEADERDATA, pointer: context)
        try easy.set(CURLOPT_WRITEDATA, pointer: context)
        try easy.set(CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            Transfer.from(context)?.receiveLine(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
        }
        try easy.set(CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            Transfer.from(context)?.receiveBody(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
        }
        // The callback can't tell a proxy's context from the server's, and libcurl adds what it believes of proxies to the
        // store that it finds there.
        guard request.proxyURL == nil else { return }
        try easy.set(CURLOPT_SSL_CTX_DATA, pointer: context)
        try easy.setContextCallback { _, tls, context in
            Transfer.from(context)?.share(tls) ?? CURLE_ABORTED_BY_CALLBACK
        }
    }

    /// The transfer that a pointer given to libcurl stands for.
    static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        // Safe because the engine keeps every transfer until libcurl has forgotten its handle.
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The transfer of a handle.
    static func of(_ easy: UnsafeMutableRawPointer?) -> Transfer? {
        var context: UnsafeMutableRawPointer?
        mt_easy_get_pointer(easy, CURLINFO_PRIVATE, &context)
        return from(context)
    }

    /// Whether libcurl will send no more and the answer has begun, as far as is known between libcurl's turns.
    ///
    /// A server may answer what it has not read yet. Within libcurl's turn the answer's head can come before libcurl has
    /// said that it waits to send the rest.
    var isListening: Bool { hasHead && awaits == CURL_POLL_IN }

    /// Tells the receiver how libcurl ended the transfer.
    func finish(_ code: CURLcode) {
        if let refusal {
            finish(refusal)
        } else if code == CURLE_OK {
            receiver.finish(.success(easy.traffic))
        } else {
            finish(TransportError(code, explanation: easy.explanation(of: code)))
        }
    }

    /// Tells the receiver of a failure.
    func finish(_ error: TransportError) {
        receiver.finish(.failure(error))
    }
}

// MARK: - Callbacks

extension Transfer {
    /// - Returns: anything but `CURLE_OK` makes libcurl give up.
    private func share(_ context: UnsafeMutableRawPointer?) -> CURLcode {
        guard let context else { return CURLE_ABORTED_BY_CALLBACK }
        do throws(TransportError) {
            try sharing.adopt(OpaquePointer(context), for: tls)
            return CURLE_OK
        } catch {
            refusal = error
            return CURLE_ABORTED_BY_CALLBACK
        }
    }

    /// - Returns: how much was taken; anything but all makes libcurl give up.
    private func receiveLine(_ line: UnsafeRawBufferPointer) -> Int {
        do throws(TransportError) {
            if let head = try parser.consume(line: line, status: easy.status) {
                hasHead = true
                if streamServer != nil { easy.freeBuffers() }
                receiver.receive(head: head, size: parser.size)
            }
            return line.count
        } catch {
            refusal = error
            return 0
        }
    }

    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch receiver.receive(body: bytes) {
        case .taken:
            return bytes.count
        case .pause:
            return Int(CURL_WRITEFUNC_PAUSE)
        case .refused(let error):
            refusal = error
            return 0
        }
    }
}
