extension TrialResult {
    /// One line for who waits.
    var line: String {
        let times = "up \(Table.seconds(createSeconds)) s, down \(Table.seconds(removeSeconds)) s"
        let cost =
            cost.map { ", CPU \(Table.seconds($0.cpuSeconds)) s, peak \(Table.mebibytes($0.peakBytes)) MiB" } ?? ""
        return "\(size) pods, round \(round), \(variant.rawValue): \(times)\(cost)"
    }
}
