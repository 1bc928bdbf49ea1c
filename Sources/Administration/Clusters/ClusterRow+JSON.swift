package import KubeModel

extension ClusterRow {
    /// All of it, for programs. Amounts are Kubernetes quantities; what is not known is not there.
    package var json: JSON {
        var result: JSON = [
            "name": .string(name), "state": .string(state.rawValue), "schedulable": .bool(!isCordoned),
            "reason": .string(reason), "message": .string(message), "version": .string(version),
            "allocatable": allocatable.json,
        ]
        result["region"] = region.isEmpty ? nil : .string(region)
        result["zone"] = zone.isEmpty ? nil : .string(zone)
        result["roundTrip"] = roundTrip.map { .string($0) }
        result["requested"] = load?.requests.json
        result["pods"] = load.map { .int(Int64($0.pods)) }
        result["largestSlot"] = largestSlot?.json
        result["slots"] = slots.map { .object(JSONObject($0.map { ($0.shape, .int($0.pods)) })) }
        result["creationTimestamp"] = created.map { .string($0) }
        return result
    }
}
