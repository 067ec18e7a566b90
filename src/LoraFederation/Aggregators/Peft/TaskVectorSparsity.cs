namespace LoraFederation.Aggregators.Peft;

/// <summary>Which elements of a task vector are kept.</summary>
internal enum TaskVectorSparsity
{
    /// <summary>All.</summary>
    None,

    /// <summary>Those of largest magnitude: <c>floor(density · count)</c>, of equal ones the first.</summary>
    Largest,

    /// <summary>Each with the same probability, divided by it.</summary>
    Random,
}
