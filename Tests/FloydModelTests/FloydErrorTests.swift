import FloydModel
import Testing

struct FloydErrorTests {
    @Test("reads as a sentence, with the hint as another")
    func description() {
        #expect(FloydError(.notFound, "there is no x").description == "there is no x")
        #expect(FloydError(.notFound, "there is no x", hint: "Make one.").description == "there is no x. Make one.")
    }

    @Test("a code this build doesn't know stays as it is")
    func unknownCode() {
        #expect(FloydError.Code(rawValue: "from_the_future").rawValue == "from_the_future")
    }
}
