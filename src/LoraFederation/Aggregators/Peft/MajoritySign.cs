namespace LoraFederation.Aggregators.Peft;

/// <summary>What elects the sign of an element, where task vectors disagree. Weights do not count in the election, as in PEFT.</summary>
public enum MajoritySign
{
    /// <summary>The sign of the sum of the task vectors; zero elects plus.</summary>
    Total,

    /// <summary>The sign that more of the task vectors have; zeros abstain, a tie elects plus.</summary>
    Frequency,
}
