"""The items of two reporting guidelines, in our words, and which of them a record can answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One thing to be reported.

    Attributes:
        number: As the guideline counts.
        topic: What is asked for.
        answer: Topic of `answers`; empty where only the authors can say.
    """

    number: str
    topic: str
    answer: str = ""


@dataclass(frozen=True)
class Guideline:
    """A guideline and its items."""

    name: str
    source: str
    items: tuple[Item, ...]


def _read(text: str) -> tuple[Item, ...]:
    """Reads lines of `number | topic | answer`."""
    parts = ([part.strip() for part in line.split("|")] for line in text.strip().splitlines())
    return tuple(Item(*part) for part in parts)


TRIPOD_AI = Guideline(
    "TRIPOD+AI",
    "Collins et al. 2024, BMJ 385:e078378",
    _read("""
1   | Title: the kind of study, the population and the outcome | title
2   | Abstract, by TRIPOD+AI for Abstracts
3a  | Health care context, rationale and existing models
3b  | Target population and intended purpose and users
3c  | Known health inequalities between groups
4   | Objectives: development, evaluation or both
5a  | Sources of data, and whether they are representative | data
5b  | Dates of the data
6a  | Setting, number and place of centres
6b  | Eligibility criteria
6c  | Treatments received
7   | Preparation and quality checks of the data | preparation
8a  | Outcome: definition, time horizon, rationale
8b  | Who judged the outcome, and their qualification
8c  | Blinding of that judgement
9a  | Choice of the predictors
9b  | Definition and measurement of the predictors | preparation
9c  | Who judged predictors, and their qualification
10  | Sample size, and how it was arrived at
11  | Missing data | missing
12a | Use of the data: development and evaluation | partition
12b | Handling of predictors | preparation
12c | Type of model, building steps, validation | network
12d | Heterogeneity between clusters
12e | Measures of performance, and their rationale | metrics
12f | Updating of the model | update
12g | How predictions are calculated | specification
13  | Class imbalance
14  | Fairness
15  | Output of the model, and thresholds | output
16  | Differences between training and evaluation data
17  | Ethical approval and consent
18a | Funding
18b | Conflicts of interest
18c | Protocol
18d | Registration
18e | Sharing of data
18f | Sharing of code | code
19  | Involvement of patients and the public
20a | Flow of participants | data
20b | Characteristics of participants
20c | Comparison of development and evaluation data
21  | Participants and events in each analysis | data
22  | Specification of the model | specification
23a | Performance with confidence intervals, also of subgroups | performance
23b | Heterogeneity of performance
24  | Results of updating | update
25  | Interpretation, also as to fairness
26  | Limitations
27a | Handling of poor or missing input in use
27b | Interaction and expertise that use requires
27c | Next steps of research
"""),
)
CLAIM = Guideline(
    "CLAIM",
    "Tejani et al. 2024, Radiology: Artificial Intelligence 6(4):e240300",
    _read("""
1  | Title or abstract: that it is artificial intelligence, and of which kind | title
2  | Structured summary
3  | Scientific and clinical background
4  | Aims and hypotheses
5  | Prospective or retrospective
6  | Goal of the study
7  | Sources of data | data
8  | Eligibility
9  | Preprocessing | preparation
10 | Selection of subsets of data | missing
11 | De-identification
12 | Missing data | missing
13 | Image acquisition
14 | Definition of the reference standard
15 | Rationale for the reference standard
16 | Source of the reference annotations
17 | Annotation of the test set
18 | Variability between and within raters
19 | How data were assigned to partitions | partition
20 | Level at which partitions are disjoint | disjoint
21 | Intended sample size
22 | Description of the model | network
23 | Software, libraries, packages | software
24 | Initialisation of the parameters | start
25 | Training: augmentation, hyperparameters, models trained | training
26 | How the final model was selected | selection
27 | Ensembling | ensemble
28 | Metrics of performance | metrics
29 | Measures of significance and uncertainty | statistics
30 | Robustness or sensitivity
31 | Explainability
32 | Evaluation on internal data | performance
33 | Evaluation on external data
34 | Registration of a trial
35 | Numbers of cases included and excluded | missing
36 | Demographics in each partition
37 | Performance on all partitions | performance
38 | Estimates and their precision | performance
39 | Failure analysis
40 | Limitations
41 | Implications for practice
42 | Access to the protocol
43 | Availability of code, model and data | code
44 | Funding
"""),
)
GUIDELINES = (TRIPOD_AI, CLAIM)
