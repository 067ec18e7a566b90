namespace ModelTensors.Adapters;

/// <summary>Keeps the factors of the modules that were read last: a merge goes through one tensor after the other, and an adapter as a whole may be large.</summary>
internal sealed class FactorCache
{
    // A merge reads one tensor of a model at a time, a few where slices of it are merged with each other.
    private const int Capacity = 4;

    private readonly Lock _gate = new();
    private readonly LinkedList<(LowRankUpdate Update, LowRankFactors Factors)> _recent = [];

    public LowRankFactors Get(LowRankUpdate update)
    {
        // Whoever needs the same factors waits for them here instead of reading them again.
        lock (_gate)
        {
            for (LinkedListNode<(LowRankUpdate Update, LowRankFactors Factors)>? node = _recent.First; node is not null; node = node.Next)
            {
                if (ReferenceEquals(node.Value.Update, update))
                {
                    _recent.Remove(node);
                    _recent.AddFirst(node);
                    return node.Value.Factors;
                }
            }

            LowRankFactors factors = update.Load();
            _recent.AddFirst((update, factors));
            if (_recent.Count > Capacity)
            {
                _recent.RemoveLast();
            }

            return factors;
        }
    }
}
