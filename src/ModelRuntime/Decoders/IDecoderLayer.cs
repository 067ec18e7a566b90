namespace ModelRuntime.Decoders;

/// <summary>A layer of a decoder.</summary>
internal interface IDecoderLayer
{
    IEnumerable<Linear> Linears { get; }

    /// <summary>Computes the layer in place.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="stream">The residual stream.</param>
    void Forward(Pass pass, Rows stream);
}
