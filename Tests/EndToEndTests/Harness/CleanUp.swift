/// Runs a body, and afterwards what takes its preparations back, whatever happened. Of two failures the first is told.
func withCleanUp<Value>(
    _ cleanUp: () async throws -> Void,
    _ body: () async throws -> Value
) async throws -> Value {
    let value: Value
    do {
        value = try await body()
    } catch {
        // The first failure is the one to tell.
        try? await cleanUp()
        throw error
    }
    try await cleanUp()
    return value
}
