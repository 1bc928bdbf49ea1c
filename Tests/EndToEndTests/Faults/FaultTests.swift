import Testing

/// What breaks, and what must go on all the same. Each test breaks something that the whole fleet feels, so they come
/// one after the other.
@Suite(.fleet(.standard, lasting: .seconds(500)), .serialized)
struct FaultTests {}
