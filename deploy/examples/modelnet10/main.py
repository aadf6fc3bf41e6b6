"""Classifies voxelised furniture (ModelNet10) with a small 3-D convolutional network.

Usage: python main.py DATA.npz OUTPUT_FOLDER

Written for the Keras 2 API, as people wrote it in 2017.
"""
import os
import sys

import numpy as np
from keras.callbacks import TensorBoard
from keras.layers.convolutional import Conv3D
from keras.layers.core import Dense, Flatten, Reshape
from keras.models import Sequential
from keras.optimizers import Adam
from keras.utils.np_utils import to_categorical
from sklearn.metrics import accuracy_score, confusion_matrix

CLASSES = 10
SIDE = 30


def network():
    model = Sequential()
    model.add(Reshape((SIDE, SIDE, SIDE, 1), input_shape=(SIDE, SIDE, SIDE)))
    model.add(Conv3D(16, 6, strides=2, activation="relu"))
    model.add(Conv3D(64, 5, strides=2, activation="relu"))
    model.add(Conv3D(64, 5, strides=2, activation="relu"))
    model.add(Flatten())
    model.add(Dense(CLASSES, activation="softmax"))
    model.compile(optimizer=Adam(lr=0.001), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def main(data_file, output_folder):
    with np.load(data_file) as data:
        x_train, y_train = data["X_train"].astype("float32"), data["y_train"]
        x_test, y_test = data["X_test"].astype("float32"), data["y_test"]
    order = np.random.RandomState(7).permutation(len(x_train))
    x_train, y_train = x_train[order], y_train[order]

    model = network()
    model.fit(
        x_train,
        to_categorical(y_train, CLASSES),
        batch_size=256,
        epochs=30,
        verbose=2,
        validation_split=0.2,
        callbacks=[TensorBoard(log_dir=output_folder)],
    )

    predicted = np.argmax(model.predict(x_test, verbose=0), axis=1)
    matrix = confusion_matrix(y_test, predicted)
    per_class = matrix.diagonal() / matrix.sum(axis=1)
    model.save(os.path.join(output_folder, "model.h5"))
    print("Test accuracy: %.4f" % accuracy_score(y_test, predicted))
    print("Confusion matrix:")
    print(matrix)
    print("Average per-class accuracy: %.4f" % per_class.mean())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
