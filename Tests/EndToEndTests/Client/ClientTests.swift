import Testing

/// The client against a real API server. Some of the tests break the server or the way to it, so they come one after
/// the other.
@Suite(.server, .serialized)
struct ClientTests {}
