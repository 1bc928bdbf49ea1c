private import CJSON

extension JSON {
    /// What to leave out while a tree is built.
    package struct ParseOptions: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Skips the member `managedFields` of each object that is a member `metadata`, of the object itself or of the
        /// items of a list. API servers send them with every object, and they are often larger than the rest.
        package static let dropManagedFields = ParseOptions(rawValue: 1)
    }

    /// How deep containers that hold something may nest; deeper texts are refused, so that hostile input cannot exhaust
    /// the stack.
    package static let maximumDepth = 512

    /// Parses one value. The bytes are copied: they need not outlive the call.
    ///
    /// Refuses text after the value, invalid UTF-8, lone surrogates, integers beyond 64 bits and numbers beyond
    /// `Double`. Of repeated keys the last value wins.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer,
        options: ParseOptions = []
    ) throws(JSONError) -> JSON {
        var message: UnsafePointer<CChar>?
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let document = cjson_parse(start, bytes.count, maximumDepth, &message) else {
            throw JSONError(message: message.map { String(cString: $0) } ?? "unknown error")
        }
        defer { cjson_release(document) }
        return TreeBuilder(dropsManagedFields: options.contains(.dropManagedFields)).value(cjson_root(document))
    }

    package static func parse(_ bytes: [UInt8], options: ParseOptions = []) throws(JSONError) -> JSON {
        try bytes.withUnsafeBytes { buffer in Result { () throws(JSONError) in try parse(buffer, options: options) } }
            .get()
    }

    package static func parse(_ bytes: ArraySlice<UInt8>, options: ParseOptions = []) throws(JSONError) -> JSON {
        try bytes.withUnsafeBytes { buffer in Result { () throws(JSONError) in try parse(buffer, options: options) } }
            .get()
    }

    package static func parse(_ text: String, options: ParseOptions = []) throws(JSONError) -> JSON {
        try parse(Array(text.utf8), options: options)
    }
}

/// Copies a parsed document into a Swift tree. The recursion is bounded by `JSON.maximumDepth`.
private struct TreeBuilder {
    let dropsManagedFields: Bool

    func value(_ place: cjson_value, isMetadata: Bool = false) -> JSON {
        let scalar = cjson_read(place)
        return switch scalar.kind {
        case cjson_kind_bool: .bool(scalar.boolean)
        case cjson_kind_int: .int(scalar.integer)
        case cjson_kind_double: .double(scalar.number)
        case cjson_kind_string: .string(text(scalar.text, scalar.length))
        case cjson_kind_array: .array(elements(place, count: scalar.length))
        case cjson_kind_object: .object(members(place, count: scalar.length, isMetadata: isMetadata))
        default: .null
        }
    }

    private func elements(_ place: cjson_value, count: Int) -> [JSON] {
        var elements: [JSON] = []
        elements.reserveCapacity(count)
        var children = cjson_array_children(place)
        var element = place
        while cjson_next_element(&children, &element) {
            elements.append(value(element))
        }
        return elements
    }

    private func members(_ place: cjson_value, count: Int, isMetadata: Bool) -> JSONObject {
        var object = JSONObjectBuilder(capacity: count)
        var children = cjson_object_children(place)
        var (key, length, member): (UnsafePointer<CChar>?, Int, cjson_value) = (nil, 0, place)
        while cjson_next_member(&children, &key, &length, &member) {
            let bytes = UnsafeRawBufferPointer(start: key, count: length)
            let name = String(decoding: bytes, as: UTF8.self)
            if isMetadata, dropsManagedFields, name == "managedFields" { continue }
            object.append(
                name,
                value(member, isMetadata: name == "metadata"),
                filterBit: JSONObjectBuilder.filterBit(bytes)
            )
        }
        return JSONObject(unique: object.members)
    }

    private func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
}
