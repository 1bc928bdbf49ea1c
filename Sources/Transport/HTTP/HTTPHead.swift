/// What a server says before the body of its final response; interim responses (1xx) are not shown.
package struct HTTPHead: Sendable {
    package let status: Int
    package let headers: HTTPHeaders

    package init(status: Int, headers: HTTPHeaders = HTTPHeaders()) {
        self.status = status
        self.headers = headers
    }
}
