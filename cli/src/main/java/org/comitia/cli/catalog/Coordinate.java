package org.comitia.cli.catalog;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;

/**
 * A node's place in the space of round-trip times: Vivaldi (Dabek et al., SIGCOMM 2004) with a
 * height and an adjustment; seconds.
 */
record Coordinate(double[] vector, double height, double adjustment) {
  /**
   * @throws ClassCastException when the value has another shape
   */
  static Coordinate of(JsonObject json) {
    JsonArray array = json.getJsonArray("Vec");
    double[] vector =
        array.getValuesAs(JsonNumber.class).stream().mapToDouble(JsonNumber::doubleValue).toArray();
    return new Coordinate(vector, number(json, "Height"), number(json, "Adjustment"));
  }

  private static double number(JsonObject json, String name) {
    JsonNumber number = json.getJsonNumber(name);
    return number == null ? 0 : number.doubleValue();
  }

  /**
   * The estimated round-trip time, in seconds. The adjustments are left out when they would make it
   * less than nothing.
   *
   * @throws IllegalArgumentException when the two have different dimensions
   */
  double distanceTo(Coordinate other) {
    if (vector.length != other.vector.length) {
      throw new IllegalArgumentException("the coordinates have different dimensions");
    }
    double squares = 0;
    for (int i = 0; i < vector.length; i++) {
      double difference = vector[i] - other.vector[i];
      squares += difference * difference;
    }
    double plain = Math.sqrt(squares) + height + other.height;
    double adjusted = plain + adjustment + other.adjustment;
    return adjusted > 0 ? adjusted : plain;
  }
}
