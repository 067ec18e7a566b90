namespace ModelTensors.Kernels;

/// <summary>The keys of the ten rounds, two words each, spread to 64 bits so that vectors can broadcast them from memory.</summary>
internal unsafe struct PhiloxRoundKeys
{
    public fixed ulong Words[2 * Philox.Rounds];

    public PhiloxRoundKeys(PhiloxKey key)
    {
        Key = key;
        for (int round = 0; round < Philox.Rounds; round++)
        {
            Words[2 * round] = unchecked(key.Low + ((uint)round * Philox.KeyIncrement0));
            Words[(2 * round) + 1] = unchecked(key.High + ((uint)round * Philox.KeyIncrement1));
        }
    }

    public PhiloxKey Key { get; }
}
