namespace LoraFederation.Runtime;

/// <summary>Which factor of every module stays as it is in training.</summary>
public enum FrozenFactor
{
    /// <summary>None: A and B are trained.</summary>
    None,

    /// <summary>A, as FFA-LoRA wants it. All clients need the same A: give the run an <see cref="Rounds.FederatedRunOptions.InitialAdapter"/>.</summary>
    A,

    /// <summary>B. It has to be other than zero: with B = 0 nothing is learnt by A.</summary>
    B,

    /// <summary>A in rounds of even index and B in those of odd index, as RoLoRA wants it.</summary>
    Alternating,
}
