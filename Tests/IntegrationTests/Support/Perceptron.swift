/// A model that learns within a second with nothing but Python's own library, in place of the tutorial's network.
enum Perceptron {
    /// Points with a label each, which a line separates.
    static let data: String = {
        var lines: [String] = []
        for x in -5...5 {
            for y in -5...5 where 2 * x != y { lines.append("\(x) \(y) \(2 * x > y ? 1 : -1)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }()

    /// Trains on the file that is its first argument, tells each epoch, leaves weights and accuracy in the folder that is its second.
    static let script = """
        import json, os, sys

        source, results = sys.argv[1], sys.argv[2]
        points = [tuple(map(int, line.split())) for line in open(source)]
        weights = [0, 0, 0]
        for epoch in range(1, 21):
            wrong = 0
            for x, y, label in points:
                if label * (weights[0] * x + weights[1] * y + weights[2]) <= 0:
                    wrong += 1
                    weights = [weights[0] + label * x, weights[1] + label * y, weights[2] + label]
            print("epoch", epoch, "accuracy", round(1 - wrong / len(points), 3))
            if wrong == 0:
                break
        os.makedirs(os.path.join(results, "model"))
        with open(os.path.join(results, "model", "weights.json"), "w") as file:
            json.dump(weights, file)
        with open(os.path.join(results, "accuracy.txt"), "w") as file:
            print(1 - wrong / len(points), file=file)
        print("learned from", len(points), "points", file=sys.stderr)

        """
}
