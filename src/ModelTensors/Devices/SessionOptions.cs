namespace ModelTensors.Devices;

/// <summary>Progress and cancellation of a <see cref="TensorSession"/>.</summary>
public sealed record SessionOptions
{
    /// <summary>Gets what is told, from any thread, how many more bytes of inputs a pass has gone through.</summary>
    /// <value>Null by default.</value>
    public Action<long>? BytesRead { get; init; }

    /// <summary>Gets the token that stops a pass between tiles.</summary>
    public CancellationToken CancellationToken { get; init; }
}
