/// The bytes that are on their way in one direction of a connection: what arrives when. Pure: the time comes from
/// outside, counted from any fixed moment.
struct DelayLine: Sendable {
    /// Bytes that arrive together, or the end of the stream.
    struct Parcel: Sendable, Equatable {
        let due: Duration
        /// Empty for the end of the stream.
        var bytes: ArraySlice<UInt8>

        var isEnd: Bool { bytes.isEmpty }
    }

    /// The most that is on its way at a time. Nothing more is read then, so that the sender feels it. Enough for
    /// 100 MB/s over 40 ms.
    static let capacity = 4 * 1024 * 1024

    private var parcels: [Parcel] = []
    private var head = 0
    private var size = 0
    /// When the last byte that was sent has left, at the rate of the line.
    private var freeAt: Duration = .zero
    private var lastDue: Duration = .zero

    var hasRoom: Bool { size < Self.capacity }

    /// What arrives next; nil for an empty line.
    var first: Parcel? {
        head < parcels.count ? parcels[head] : nil
    }

    /// Keeps the line busy until a moment: what is sent before leaves then.
    mutating func hold(until moment: Duration) {
        freeAt = max(freeAt, moment)
    }

    /// Sends bytes, or the end of the stream if there are none.
    mutating func send(
        _ bytes: ArraySlice<UInt8>,
        at now: Duration,
        under conditions: RelayConditions,
        using random: inout some RandomNumberGenerator
    ) {
        freeAt = max(freeAt, now)
        if let rate = conditions.bytesPerSecond, rate > 0 {
            freeAt += .seconds(Double(bytes.count) / Double(rate))
        }
        let chance = conditions.jitter * Double.random(in: 0...1, using: &random)
        lastDue = max(lastDue, freeAt + conditions.delay + chance)
        parcels.append(Parcel(due: lastDue, bytes: bytes))
        size += bytes.count
    }

    /// Takes the first bytes of the next parcel off the line, as many as have been handed on; for the end of the stream,
    /// none.
    mutating func take(_ count: Int) {
        guard head < parcels.count else { return }
        size -= count
        parcels[head].bytes = parcels[head].bytes.dropFirst(count)
        if parcels[head].isEnd { removeFirst() }
    }

    private mutating func removeFirst() {
        head += 1
        guard head == parcels.count || head > 256 else { return }
        parcels.removeFirst(head)
        head = 0
    }
}
