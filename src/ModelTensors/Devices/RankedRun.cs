namespace ModelTensors.Devices;

/// <summary>Takes the ranks of consecutive elements, each among its row. Called from several threads, in no order.</summary>
/// <param name="input">The input's index in the session.</param>
/// <param name="start">The index of the first element.</param>
/// <param name="ranks">The rank of each: 0 for the smallest magnitude of its row. Valid during the call.</param>
public delegate void RankedRun(int input, long start, ReadOnlySpan<int> ranks);
