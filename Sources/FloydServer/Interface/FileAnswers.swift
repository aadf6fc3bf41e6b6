import FloydAPI
import FloydModel
import HTTPTypes

/// Operations that send bytes of a known number: with ranges, and with entity tags where states can be told apart.
extension Operation {
    static func file(
        _ id: String,
        _ summary: String,
        _ details: String? = nil,
        type: String,
        query: [Parameter] = [],
        fields: [AnswerField] = [],
        hasTag: Bool = true,
        limits: HeadLimits = .ordinary,
        problems: [FloydError.Code]
    ) -> Operation {
        let tag: [AnswerField] = hasTag ? [.entityTagIfAny] : []
        var answers: [OperationAnswer] = [
            .content(type, .ok, "All of it.", fields: fields + tag + [.acceptRanges]),
            .content(
                type,
                .partialContent,
                "The range that was asked for.",
                fields: fields + tag + [.acceptRanges, .contentRange]
            ),
        ]
        if hasTag { answers.append(.empty(.notModified, "Who asks has this state.", fields: tag)) }
        return Operation(
            id,
            summary,
            details,
            query: query,
            fields: [.range, .ifRange] + (hasTag ? [.ifNoneMatch] : []),
            limits: limits,
            answers: answers,
            problems: problems + [.rangeNotSatisfiable]
        )
    }

    /// An archive that is made while it is sent.
    static func archive(_ id: String, _ summary: String, type: String, problems: [FloydError.Code]) -> Operation {
        Operation(
            id,
            summary,
            answers: [
                .content(
                    type,
                    .ok,
                    "The archive, of a length that nobody knows.",
                    fields: [.disposition, .acceptRanges]
                )
            ],
            problems: problems
        )
    }
}
