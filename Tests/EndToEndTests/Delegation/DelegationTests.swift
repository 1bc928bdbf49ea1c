import Testing

/// What martlet does with the objects of users, on one fleet: each test has a namespace of its own, and none disturbs a
/// cluster as a whole.
@Suite(.fleet(.standard, lasting: .seconds(130)))
struct DelegationTests {}
