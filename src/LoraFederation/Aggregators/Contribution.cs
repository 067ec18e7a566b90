using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>What one client has of one module.</summary>
/// <param name="ClientId">The client's name.</param>
/// <param name="Weight">p_k: how much the client counts. The sum over clients is one, or less where clients that lack the module count as zero or the rule gives less.</param>
/// <param name="Module">The client's factors and scaling s_k.</param>
public sealed record Contribution(string ClientId, double Weight, LoraModule Module)
{
    /// <summary>Gets <c>p_k · s_k</c>, what multiplies <c>B_k A_k</c> in the exact sum.</summary>
    public double Coefficient => Weight * Module.Scaling;

    /// <summary>Gets what multiplies A where each factor takes half of the scaling: its root, with its sign.</summary>
    internal double RootOnA => Math.CopySign(RootOnB, Module.Scaling);

    /// <summary>Gets what multiplies B where each factor takes half of the scaling.</summary>
    internal double RootOnB => Math.Sqrt(Math.Abs(Module.Scaling));

    /// <summary>Gets the rank r_k.</summary>
    public int Rank => (int)Module.Rank;
}
