package import KubeModel

/// What a watch tells: one change of one object, or how far the server has come.
package struct WatchEvent: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        /// The object is gone, or matches the selectors no longer; it comes as it was last.
        case deleted = "DELETED"
        /// Nothing changed up to this version; the object carries nothing else.
        case bookmark = "BOOKMARK"
    }

    package let type: Kind
    /// Without `managedFields`.
    package let object: JSON
    /// The length of the event on the wire.
    package let byteCount: Int

    package init(type: Kind, object: JSON, byteCount: Int = 0) {
        self.type = type
        self.object = object
        self.byteCount = byteCount
    }

    /// Opaque; how far the watch has come with this event.
    package var resourceVersion: String {
        object.at("metadata", "resourceVersion")?.string ?? ""
    }

    /// Reads one line of a watch. An `ERROR` event is thrown as what it says.
    init(line: ArraySlice<UInt8>) throws(APIError) {
        let json: JSON
        do {
            json = try JSON.parse(line, options: .dropManagedFields)
        } catch {
            throw APIError(.decoding, message: "an event of a watch is \(error)")
        }
        let name = json["type"]?.string ?? ""
        guard let object = json["object"] else {
            throw APIError(.decoding, message: "an event of a watch has no object")
        }
        if name == "ERROR" { throw Self.failure(object) }
        guard let type = Kind(rawValue: name) else {
            throw APIError(.decoding, message: "a watch sent an event of an unknown type")
        }
        self.init(type: type, object: object, byteCount: line.count)
    }

    private static func failure(_ object: JSON) -> APIError {
        APIStatus(json: object).map { APIError($0) }
            ?? APIError(.decoding, message: "the error event of a watch has no status")
    }
}
