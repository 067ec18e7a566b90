namespace ModelTensors.Adapters;

/// <summary>Takes apart references to a model and the adapters on it, as mergekit writes them: <c>model[@revision]+adapter[@revision]</c>.</summary>
public static class AdaptedReference
{
    /// <summary>Splits off the last adapter.</summary>
    /// <param name="reference">A reference.</param>
    /// <param name="model">What is before the last plus: the model, with its other adapters if it has several.</param>
    /// <param name="adapter">What is behind it.</param>
    /// <returns>False when there is no plus with a text on both sides.</returns>
    public static bool TrySplit(string reference, out string model, out string adapter)
    {
        ArgumentNullException.ThrowIfNull(reference);
        int plus = reference.LastIndexOf('+');
        bool splits = plus > 0 && plus < reference.Length - 1;
        model = splits ? reference[..plus] : reference;
        adapter = splits ? reference[(plus + 1)..] : string.Empty;
        return splits;
    }
}
