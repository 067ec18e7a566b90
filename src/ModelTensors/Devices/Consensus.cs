namespace ModelTensors.Devices;

/// <summary>How task vectors that disagree about the sign of an element are combined.</summary>
public enum Consensus
{
    /// <summary>All are added.</summary>
    None,

    /// <summary>The sign of the weighted sum is elected (a zero sum elects plus) and those that agree are added (Yadav et al. 2023, section 3).</summary>
    WeightedSign,

    /// <summary>The same with the sign of the unweighted sum, as PEFT elects it.</summary>
    UnweightedSign,

    /// <summary>The same with the sign that more of the weighted task vectors have; a tie elects plus, zeros abstain.</summary>
    MajoritySign,

    /// <summary>The same with the sign that more of the task vectors have, whatever their weights, as PEFT elects it by frequency.</summary>
    UnweightedMajoritySign,
}
