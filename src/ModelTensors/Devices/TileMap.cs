namespace ModelTensors.Devices;

/// <summary>A computation written by the caller, over short runs of elements on the CPU; other devices refuse it by name.</summary>
/// <param name="Function">Computes a run of output elements. It is called from several threads and must depend on nothing but its arguments.</param>
public sealed record TileMap(TileFunction Function) : MapPass;

/// <summary>Computes a run of output elements.</summary>
/// <param name="tile">The inputs' elements, widened to float.</param>
/// <param name="output">Receives as many elements; rounded to the output's type afterwards.</param>
public delegate void TileFunction(Tile tile, Span<float> output);
