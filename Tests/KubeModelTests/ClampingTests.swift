import KubeModel
import Testing

@Suite struct ClampingTests {
    @Test(
        arguments: [
            (1.9, 1), (-1.9, -1), (0, 0), (.nan, 0), (.infinity, .max), (-.infinity, .min), (1e300, .max),
            (-1e300, .min),
            (9_223_372_036_854_775_808, .max), (-9_223_372_036_854_775_808, .min),
            (9_223_372_036_854_774_784, 9_223_372_036_854_774_784),
        ] as [(Double, Int64)]
    )
    func `What does not fit becomes the nearest that does`(value: Double, expected: Int64) {
        #expect(Int64(clamping: value) == expected)
    }

    @Test(arguments: [(.nan, "1970-01-01T00:00:00Z"), (.infinity, "9999-12-31T23:59:59Z")] as [(Double, String)])
    func `A time that is none is written as one`(seconds: Double, expected: String) {
        #expect(Timestamp.format(seconds) == expected)
    }
}
