import KubeModel

/// The objects of a store and the rules by which they change. Pure: it returns the changes, its owner delivers them.
///
/// A resourceVersion is opaque, so "newer" is known from the order of a watch alone: what it has told is past, and a
/// version that it has not told yet is to come. That is how answers to our own calls, which come from the side, find
/// their place.
struct ObjectStoreState<Object: KubeObject>: Sendable {
    typealias Change = StoreChange<Object>

    private struct Entry {
        var object: Object
        /// The watch has not told this version yet, since it is the answer to a call of ours. Until it does, what it
        /// tells of this object is older.
        var isAhead: Bool
    }

    private var entries: [ObjectKey: Entry] = [:]
    private var keysByUID: [UID: ObjectKey] = [:]
    /// Versions that the watch told lately, and objects that went lately: answers about them come too late.
    private var toldVersions = RecentTexts(capacity: 2048)
    private var goneUIDs = RecentTexts(capacity: 2048)
    /// How far the list and the watch have come; nil before the first list.
    private(set) var resourceVersion: String?
    /// How often all was replaced.
    private(set) var listCount: UInt64 = 0

    init() {}

    var count: Int { entries.count }
    var objects: [Object] { entries.values.map { $0.object } }
    var keys: [ObjectKey] { Array(entries.keys) }
    func object(_ key: ObjectKey) -> Object? { entries[key]?.object }
    func object(uid: UID) -> Object? { keysByUID[uid].flatMap { entries[$0]?.object } }
}

// MARK: - Changes

extension ObjectStoreState {
    /// Takes a list as the whole truth: what is not in it went.
    mutating func replace(_ objects: [Object], resourceVersion: String) -> [Change] {
        listCount += 1
        self.resourceVersion = resourceVersion
        var listed: Set<ObjectKey> = []
        listed.reserveCapacity(objects.count)
        var changes: [Change] = []
        for object in objects {
            listed.insert(object.key)
            toldVersions.insert(object.metadata.resourceVersion)
            if let change = put(object, isAhead: false, source: .list) { changes.append(change) }
        }
        for key in entries.keys where !listed.contains(key) {
            if let change = remove(key, source: .list) { changes.append(change) }
        }
        return changes
    }

    /// Takes the next event of the watch.
    mutating func apply(_ type: WatchEvent.Kind, _ object: Object) -> Change? {
        let metadata = object.metadata
        advance(to: metadata.resourceVersion)
        let entry = entries[metadata.key]
        let isSame = entry?.object.metadata.uid == metadata.uid
        guard type != .deleted else {
            goneUIDs.insert(metadata.uid)
            return isSame ? remove(metadata.key, source: .watch) : nil
        }
        toldVersions.insert(metadata.resourceVersion)
        if let entry, entry.isAhead, !isSame || entry.object.metadata.resourceVersion != metadata.resourceVersion {
            return nil
        }
        return put(object, isAhead: false, source: .watch)
    }

    /// Moves the version without a change: a bookmark.
    mutating func advance(to resourceVersion: String) {
        guard !resourceVersion.isEmpty else { return }
        self.resourceVersion = resourceVersion
    }

    /// Takes the server's answer to a call, unless the store has been told of it, or of the object's end, by now.
    mutating func upsert(_ object: Object, listCount mark: UInt64?) -> Change? {
        let metadata = object.metadata
        guard mark == nil || mark == listCount else { return nil }
        guard !goneUIDs.contains(metadata.uid), !toldVersions.contains(metadata.resourceVersion) else { return nil }
        return put(object, isAhead: true, source: .answer)
    }

    /// Nil if this very version is there.
    private mutating func put(_ object: Object, isAhead: Bool, source: Change.Source) -> Change? {
        let metadata = object.metadata
        let old = entries[metadata.key]?.object
        let isSame = old?.metadata.uid == metadata.uid
        if let old, isSame, !metadata.resourceVersion.isEmpty,
            old.metadata.resourceVersion == metadata.resourceVersion
        {
            if !isAhead { entries[metadata.key]?.isAhead = false }
            return nil
        }
        if let old, !isSame { forget(uid: old.metadata.uid) }
        entries[metadata.key] = Entry(object: object, isAhead: isAhead)
        keysByUID[metadata.uid] = metadata.key
        return Change(old: old, new: object, source: source)
    }

    private mutating func remove(_ key: ObjectKey, source: Change.Source) -> Change? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        forget(uid: entry.object.metadata.uid)
        return Change(old: entry.object, new: nil, source: source)
    }

    private mutating func forget(uid: UID) {
        keysByUID[uid] = nil
        goneUIDs.insert(uid)
    }
}
