package import KubeClient
package import KubeModel

/// `martlet clusters`: how each cluster is, read from the origin alone.
package struct ClustersCommand: Sendable {
    /// How it is printed.
    package enum Format: String, Sendable {
        case table, wide, json
    }

    private let query: FleetSnapshot.Query
    private let client: APIClient
    private let format: Format
    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void

    /// - Parameters:
    ///   - names: the clusters to tell of; empty for all.
    ///   - labels: selects virtual nodes by their labels.
    ///   - client: of the origin, as the person who asks.
    ///   - output: takes a text of one or more lines.
    ///   - errors: takes what is worth knowing beside the answer.
    package init(
        names: [String],
        labels: LabelSelector,
        client: APIClient,
        format: Format,
        output: @escaping @Sendable (String) -> Void,
        errors: @escaping @Sendable (String) -> Void
    ) {
        query = FleetSnapshot.Query(names: names, labels: labels)
        self.client = client
        self.format = format
        self.output = output
        self.errors = errors
    }

    /// Prints the clusters, and with `isFollowing` each change from then on.
    ///
    /// - Returns: whether all clusters that were named are there.
    /// - Throws: `APIError` if the origin can't be read; `CancellationError`.
    package func run(isFollowing: Bool) async throws -> Bool {
        let clock = try await ServerClock.read(client)
        let first = try await FleetSnapshot.read(query, from: client) { clock.now }
        first.notes.forEach(errors)
        let missing = query.names.filter { name in !first.rows.contains { $0.name == name } }
        for name in missing { errors("there is no cluster \"\(name)\"") }
        var printer = Printer(format: format, isFollowing: isFollowing)
        printer.first(first, now: clock.now).forEach(output)
        if first.rows.isEmpty, missing.isEmpty, format != .json { errors("there are no clusters") }
        guard isFollowing else { return missing.isEmpty }
        let watch = FleetWatch(query: query, client: client, clock: clock, onTrouble: errors)
        try await watch.run(after: first) { rows in printer.changed(rows, now: clock.now).forEach(output) }
        return missing.isEmpty
    }

    /// Makes text of rows.
    private struct Printer {
        private let format: Format
        private let isFollowing: Bool
        private let columns: ClusterTable
        private var table: AlignedRows

        init(format: Format, isFollowing: Bool) {
            self.format = format
            self.isFollowing = isFollowing
            columns = ClusterTable(isWide: format == .wide)
            table = AlignedRows(header: columns.header)
        }

        mutating func first(_ snapshot: FleetSnapshot, now: Duration) -> [String] {
            guard format == .json else {
                let lines = table.lines(snapshot.rows.map { columns.cells($0, now: now) }, isFirst: true)
                return snapshot.rows.isEmpty ? [] : lines
            }
            guard !isFollowing else { return changed(snapshot.rows, now: now) }
            let notes = JSON.array(snapshot.notes.map(JSON.string))
            let document: JSON = ["clusters": .array(snapshot.rows.map(\.json)), "notes": notes]
            return [document.indented]
        }

        /// As JSON each cluster is a document on a line of its own.
        mutating func changed(_ rows: [ClusterRow], now: Duration) -> [String] {
            guard format != .json else { return rows.map(\.json.text) }
            return table.lines(rows.map { columns.cells($0, now: now) }, isFirst: false)
        }
    }
}
