namespace ModelTensors.Devices;

/// <summary>Takes the distances of some queries. Called from several threads, each with tiles of its own; what it throws stops the pass.</summary>
/// <param name="tile">The distances, valid until it returns.</param>
public delegate void DistanceTileConsumer(DistanceTile tile);
