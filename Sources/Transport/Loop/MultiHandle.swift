import CTransport

/// Libcurl's set of transfers that share connections and one thread.
final class MultiHandle {
    private let raw: UnsafeMutableRawPointer

    init(limits: TransferLoop.Limits) throws(TransportError) {
        guard let raw = curl_multi_init() else { throw TransportError(.system, "libcurl gives no multi handle") }
        self.raw = raw
        mt_multi_set_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connectionsPerHost)
        mt_multi_set_long(raw, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    }

    deinit {
        // All easy handles are out: the engine that owns both takes them out first.
        curl_multi_cleanup(raw)
    }

    /// - Parameter context: is given to both callbacks; must be good for as long as the handle.
    func setCallbacks(
        socket: @escaping curl_socket_callback,
        timer: @escaping curl_multi_timer_callback,
        context: UnsafeMutableRawPointer
    ) {
        mt_multi_set_callbacks(raw, socket, timer, context)
    }

    /// Before the context goes.
    func clearCallbacks() {
        mt_multi_set_callbacks(raw, nil, nil, nil)
    }

    /// Sets how many connections there may be, in use and idle, before the end of a transfer closes the oldest idle one.
    func keepConnections(_ count: Int) {
        mt_multi_set_long(raw, CURLMOPT_MAXCONNECTS, count)
    }

    func add(_ easy: EasyHandle) throws(TransportError) {
        try check(curl_multi_add_handle(raw, easy.raw))
    }

    /// After this libcurl makes no more callbacks for the handle.
    func remove(_ easy: EasyHandle) {
        // Fails only for a handle that is not in.
        curl_multi_remove_handle(raw, easy.raw)
    }

    /// Tells libcurl what a socket is ready for.
    func socketReady(_ socket: Int32, events: Int32) throws(TransportError) {
        try check(mt_multi_socket_ready(raw, socket, events))
    }

    /// Tells libcurl that the time it asked for has passed.
    func timeOut() throws(TransportError) {
        try check(mt_multi_time_out(raw))
    }

    /// The next transfer that has ended.
    func nextDone() -> (easy: UnsafeMutableRawPointer?, result: CURLcode)? {
        var (easy, result): (UnsafeMutableRawPointer?, CURLcode) = (nil, CURLE_OK)
        return mt_multi_next_done(raw, &easy, &result) ? (easy, result) : nil
    }

    private func check(_ code: CURLMcode) throws(TransportError) {
        // A socket that libcurl has closed since is no fault: the kernel told of it earlier in the same batch.
        guard code != CURLM_OK, code != CURLM_BAD_SOCKET else { return }
        throw TransportError(.system, "libcurl: \(String(cString: curl_multi_strerror(code)))")
    }
}
