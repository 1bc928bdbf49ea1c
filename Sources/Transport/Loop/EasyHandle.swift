import CTransport

/// One transfer as libcurl knows it. Of one thread; nothing of libcurl is left when it ends.
final class EasyHandle {
    /// The least that libcurl takes, for streams.
    static let uploadBufferSize = 16 << 10

    let raw: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []

    init() throws(TransportError) {
        guard let raw = curl_easy_init() else { throw TransportError(.system, "libcurl gives no handle") }
        self.raw = raw
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try set(CURLOPT_ERRORBUFFER, pointer: errorText)
    }

    deinit {
        curl_easy_cleanup(raw)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// What libcurl has to say about a failure; better than the text of the code, but not always there.
    func explanation(of code: CURLcode) -> String {
        let text = String(cString: errorText)
        return text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    }
}

// MARK: - Options

extension EasyHandle {
    func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try check(mt_easy_set_long(raw, option, value))
    }

    func set(_ option: CURLoption, size: Int) throws(TransportError) {
        try check(mt_easy_set_size(raw, option, curl_off_t(size)))
    }

    /// Copied by libcurl. Nil takes the option's default away.
    func set(_ option: CURLoption, _ value: String?) throws(TransportError) {
        try check(mt_easy_set_string(raw, option, value))
    }

    /// Copied by libcurl.
    func set(_ option: CURLoption, blob: [UInt8]) throws(TransportError) {
        try check(mt_easy_set_blob(raw, option, blob, blob.count))
    }

    /// Copied by libcurl.
    func setBody(_ bytes: [UInt8]) throws(TransportError) {
        try set(CURLOPT_POSTFIELDSIZE_LARGE, size: bytes.count)
        let code = bytes.withUnsafeBytes { buffer in
            mt_easy_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: buffer.baseAddress))
        }
        try check(code)
    }

    /// The pointer must be good for as long as the handle.
    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) throws(TransportError) {
        try check(mt_easy_set_pointer(raw, option, pointer))
    }

    func set(_ option: CURLoption, callback: @escaping curl_write_callback) throws(TransportError) {
        try check(mt_easy_set_callback(raw, option, callback))
    }

    /// Called with OpenSSL's context of each connection that is made for this handle, to a proxy that speaks TLS too.
    func setContextCallback(_ callback: @escaping curl_ssl_ctx_callback) throws(TransportError) {
        try check(mt_easy_set_context_callback(raw, callback))
    }

    func set(_ option: CURLoption, list values: [String]) throws(TransportError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values {
            guard let longer = curl_slist_append(list, value) else {
                curl_slist_free_all(list)
                throw TransportError(.system, "libcurl is out of memory")
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        try check(mt_easy_set_list(raw, option, list))
    }

    private func check(_ code: CURLcode) throws(TransportError) {
        guard code != CURLE_OK else { return }
        throw TransportError(.system, "libcurl refuses an option: \(String(cString: curl_easy_strerror(code)))")
    }
}

// MARK: - Answers

extension EasyHandle {
    /// The status of the response that is being read; 0 if there is none.
    var status: Int {
        var status = 0
        mt_easy_get_long(raw, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// The bytes of the request so far and those of the body of the answer.
    var traffic: HTTPTraffic {
        var (request, head) = (0, 0)
        var (sent, received): (curl_off_t, curl_off_t) = (0, 0)
        mt_easy_get_long(raw, CURLINFO_REQUEST_SIZE, &request)
        mt_easy_get_long(raw, CURLINFO_HEADER_SIZE, &head)
        mt_easy_get_size(raw, CURLINFO_SIZE_UPLOAD_T, &sent)
        mt_easy_get_size(raw, CURLINFO_SIZE_DOWNLOAD_T, &received)
        return HTTPTraffic(sent: max(request, Int(sent)), received: head + Int(received), wait: wait)
    }

    /// What libcurl's own thread saw, so that no waiting for a processor after the answer counts.
    private var wait: Duration {
        var (ready, first): (curl_off_t, curl_off_t) = (0, 0)
        mt_easy_get_size(raw, CURLINFO_PRETRANSFER_TIME_T, &ready)
        mt_easy_get_size(raw, CURLINFO_STARTTRANSFER_TIME_T, &first)
        return .microseconds(max(0, Int64(first) - Int64(ready)))
    }

    /// Gives back what the connection reads into and writes from; see ``TLSChannel/read(into:)``.
    func freeBuffers() {
        mt_easy_free_buffers(raw)
    }

    /// Gives back what the request was sent from. Only for a transfer that will send no more, and not within a callback:
    /// libcurl does so whenever it is told a size (lib/setopt.c of 7.88), and gets another buffer when it next has
    /// something to send. Should a release refuse the size, the buffer stays until the transfer's end.
    func freeUploadBuffer() {
        _ = mt_easy_set_long(raw, CURLOPT_UPLOAD_BUFFERSIZE, EasyHandle.uploadBufferSize)
    }

    /// Lets a transfer that was paused by its receiver go on. May call the receiver at once.
    ///
    /// - Returns: false if libcurl can't.
    func resume() -> Bool {
        curl_easy_pause(raw, Int32(CURLPAUSE_CONT)) == CURLE_OK
    }
}
