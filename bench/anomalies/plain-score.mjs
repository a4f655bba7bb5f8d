/**
 * The rule that the best-known tool for dbt offers for run times: (value - average) / standard deviation above 3, over
 * the buckets of a training period of 14 days that holds the judged value too, at least 7 of them, and the value at
 * least 10 % above the average, as its documentation sets it up for run times.
 */
const SENSITIVITY = 3;
const TRAINING = 14;
const FEWEST = 7;
const SPIKE = 1.1;

/**
 * @param {readonly number[]} runtimes oldest first
 * @param {{ ownIncluded: boolean }} how whether the judged value is part of what it is judged by
 * @returns {boolean[]} by place: is it an anomaly
 */
export function plainScore(runtimes, { ownIncluded }) {
  return runtimes.map((value, index) => {
    const end = ownIncluded ? index + 1 : index;
    const training = runtimes.slice(Math.max(0, end - TRAINING), end);
    if (training.length < FEWEST) return false;
    const average = training.reduce((sum, other) => sum + other, 0) / training.length;
    const squares = training.reduce((sum, other) => sum + (other - average) ** 2, 0);
    const deviation = Math.sqrt(squares / (training.length - 1));
    return deviation > 0 && (value - average) / deviation > SENSITIVITY && value >= average * SPIKE;
  });
}
