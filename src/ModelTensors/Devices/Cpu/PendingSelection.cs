namespace ModelTensors.Devices.Cpu;

/// <summary>A selection on its way: its request, and the bracket that the next pass counts.</summary>
internal sealed class PendingSelection(SelectionRequest request, Segments segments)
{
    private readonly long[] _nonZero = new long[request.ShareOfNonZero is null ? 0 : segments.Count];

    public SelectionRequest Request { get; } = request;

    /// <summary>Gets how many elements are selected; -1 until the keys above zero have been counted, if that decides it.</summary>
    public long Keep { get; private set; } = request.ShareOfNonZero is null ? request.Keep : -1;

    public KeyBracket Bracket { get; set; } = new(0, 0);

    public ElementSelection? Result { get; private set; }

    /// <summary>Adds a chunk's number of keys above zero; a segment belongs to one worker at a time.</summary>
    public void AddNonZero(int segment, long count) => _nonZero[segment] += count;

    /// <summary>Decides the selection from the counts of its bracket, if the threshold lies in it and the candidates did not overflow.</summary>
    public void TryDecide()
    {
        if (Keep < 0)
        {
            Keep = (long)Math.Floor(_nonZero.Sum() * Request.ShareOfNonZero!.Value);
        }

        KeyBracket bracket = Bracket;
        long aboveInside = bracket.Above + bracket.AtHigh;
        long aboveLow = aboveInside + bracket.InsideCount;
        if (Keep == 0)
        {
            // No key is above the largest, and the one tie there stands for is not kept.
            Result = new ElementSelection(Request.Key, KeyBracket.Largest, 0, 1, 0, Request.Ties, new long[segments.Count]);
        }
        else if (Keep <= bracket.Above || Keep > aboveLow + bracket.AtLow)
        {
            return;
        }
        else if (Keep <= aboveInside)
        {
            Decide(bracket.High, bracket.Above, bracket.HighBySegment);
        }
        else if (Keep > aboveLow)
        {
            Decide(bracket.Low, aboveLow, bracket.LowBySegment);
        }
        else if (bracket.IsCollected)
        {
            uint threshold = bracket.Find(Keep - aboveInside - 1, out long above, out long[] tiesBySegment);
            Decide(threshold, aboveInside + above, tiesBySegment);
        }
    }

    private void Decide(uint threshold, long above, long[] tiesBySegment)
    {
        long[] before = new long[tiesBySegment.Length];
        long ties = 0;
        for (int segment = 0; segment < before.Length; segment++)
        {
            before[segment] = ties;
            ties += tiesBySegment[segment];
        }

        Result = new ElementSelection(Request.Key, threshold, above, ties, Keep - above, Request.Ties, before);
    }
}
