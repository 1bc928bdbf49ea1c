/// A step of the demo that did not come out as it should.
struct DemoError: Error, CustomStringConvertible {
    let description: String
}
