import KubeModel
import TestSupport

extension JSON {
    /// A random tree without nulls, over few keys, so that two of them have much in common.
    static func random(depth: Int, using generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: depth > 0 ? 0...6 : 2...6, using: &generator) {
        case 0, 1:
            var object = JSONObject()
            for key in ["a", "b", "c", "d"] where Bool.random(using: &generator) {
                object[key] = random(depth: depth - 1, using: &generator)
            }
            return .object(object)
        case 2: return .array((0..<Int.random(in: 0...2, using: &generator)).map { .int(Int64($0)) })
        case 3: return .string(["", "x", "\u{0}\"\\\n", "ü🐦"].randomElement(using: &generator) ?? "")
        case 4: return .bool(Bool.random(using: &generator))
        case 5: return .double(Double.random(in: -1e9...1e9, using: &generator))
        default: return .int(Int64.random(in: -3...3, using: &generator))
        }
    }
}
