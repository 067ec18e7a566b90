namespace LoraFederation.Rounds;

/// <summary>What clients start a round from, after the first.</summary>
public enum RoundStart
{
    /// <summary>The base model with every aggregate so far merged into it, and a fresh adapter: FLoRA (section 3). A round's aggregate is what the round adds.</summary>
    FreshOnMergedBase,

    /// <summary>The base model with the last aggregate as the adapter whose training goes on, as with averages of factors. A round's aggregate replaces the last.</summary>
    ContinueGlobal,

    /// <summary>
    /// The base model with the last aggregate, of which a client trains the largest components, as many as its rank, while the others stay frozen: exact for
    /// every rank, and not from zero. A round's aggregate replaces the last and is written largest components first.
    /// </summary>
    WarmStart,
}
