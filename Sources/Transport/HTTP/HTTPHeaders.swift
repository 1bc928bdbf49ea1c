/// The header fields of a response, in the order in which they came. Names are compared without regard to case.
package struct HTTPHeaders: Sendable, Sequence {
    package typealias Element = (name: String, value: String)

    private var fields: [Element]

    package init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields
    }

    /// The value of the first field of this name, without the white space around it.
    package func first(_ name: String) -> String? {
        fields.first { Self.isEqual($0.name, name) }?.value
    }

    /// The values of all fields of this name.
    package func all(_ name: String) -> [String] {
        fields.filter { Self.isEqual($0.name, name) }.map(\.value)
    }

    /// The members of a list that one or more fields of this name hold, in lower case.
    func tokens(_ name: String) -> [String] {
        all(name).flatMap { $0.split(separator: ",") }.map { word in
            String(word.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }).lowercased()
        }
    }

    package func makeIterator() -> IndexingIterator<[Element]> {
        fields.makeIterator()
    }

    /// Field names are ASCII (RFC 9110, section 5.1), so bytes are compared and no tables of Unicode asked.
    private static func isEqual(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8) { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }
}
