// What the made-up people of `npm run demo:seed` are called and say. In a line: who speaks (their number), the text, and what is done with it.

const COLOURS = ["amber", "cobalt", "coral", "fern", "hazel", "indigo", "ivory", "jade", "lilac", "moss", "olive", "pearl", "ruby", "sable", "sand", "teal"];
const THINGS = ["badger", "birch", "cedar", "comet", "finch", "heron", "lantern", "linden", "marten", "otter", "plover", "quince", "sparrow", "thistle", "willow", "wren"];

/** Different names for so many people. `random` gives numbers from 0 to 1. */
export function namesFor(count, random) {
  const draw = (words) => words.splice(Math.floor(random() * words.length), 1)[0];
  const [colours, things] = [[...COLOURS], [...THINGS]];
  return Array.from({ length: count }, () => `${draw(colours)}-${draw(things)}`);
}

/** As many as there are names. */
export const MOST = Math.min(COLOURS.length, THINGS.length);

const plan = (title) => `${title}

Monday: measure the beds, order soil.
Tuesday: fetch the boards from the yard.
Wednesday: build, if it does not rain.
Thursday: fill and water.
`;

/** Conversations of two, and groups. Person 0 is the one whose browser somebody will look into. */
export const CONVERSATIONS = [
  {
    people: [0, 1],
    lines: [
      [1, "Monday, half past six: is the gate key still with you?"],
      [0, "Yes, on the hook by the door. Shall I leave it with the neighbours?"],
      [1, "Please do. I come by before work", { reactions: [[0, "👍"]] }],
      [1, "Tuesday now, and the key is back. Thanks for the tomatoes!"],
      [0, "There are more than we can eat. Take some each time you pass by", { reactions: [[1, "❤️"]] }],
    ],
  },
  {
    people: [0, 2],
    lines: [
      [0, "I have finished the second part. The ending of chapter nine!"],
      [2, "No word about it before Thursday, I am at chapter seven"],
      [0, "My lips are sealed", { reactions: [[2, "😂"]] }],
      [2, "Did you compare the safety number with everybody in the circle?"],
      [0, "With all but two. I see them on Saturday", { edit: "With all but two. I see them on Sunday" }],
    ],
  },
  {
    people: [4, 0],
    lines: [
      [4, "The rear light of your bike flickers, I saw it on the bridge"],
      [0, "Oh. Is that the cable?"],
      [4, "Most likely. Bring it on Wednesday, I have the tool"],
    ],
  },
  {
    people: [5, 0],
    lines: [
      [5, "Which of the two maps did you mean, the old one or the new one?"],
      [0, "The new one: it has the path along the canal https://example.org/canal"],
      [5, "Found it. That saves us the hill"],
    ],
  },
  {
    people: [0, 1, 2, 3],
    name: "Garden, plot 7",
    lines: [
      [1, "The boards have come. Who has time this week?"],
      [0, "Wednesday after five, and all of Saturday"],
      [2, "Saturday for me. I can bring two shovels and a wheelbarrow", { reactions: [[0, "👍"], [1, "👍"]] }],
      [3, "I cannot lift much at the moment, but I can cook for everybody", { reactions: [[0, "❤️"], [2, "❤️"], [1, "🎉"]] }],
      [1, "Here is what we said on Sunday:"],
      [1, "", { file: { name: "garden-plan.txt", text: plan("Garden, plot 7") } }],
      [0, "Reading it. Does the soil come before the boards?", { edit: "Reading it. Does the soil come on Monday already?" }],
      [1, "On Monday, early. The driver rings when he is near"],
      [2, "It rains on Wednesday, says everybody. Let us build on Saturday instead"],
      [0, "Then Saturday at ten, and nobody has to hurry", { reactions: [[1, "👍"], [2, "👍"], [3, "👍"]] }],
    ],
  },
  {
    people: [4, 0, 5, 6, 7],
    name: "Saturday ride",
    lines: [
      [4, "Saturday: 48 kilometres, two short climbs, a café at the half"],
      [6, "Is there a train back for tired legs?"],
      [4, "Every hour, and it takes bikes"],
      [7, "Then I am in", { reactions: [[4, "🎉"], [0, "🎉"]] }],
      [0, "I have to be in the garden from ten. Next week again?"],
      [5, "We could start at seven and be back by ten"],
      [7, "Seven is not a time, it is a punishment", { reactions: [[0, "😂"], [5, "😂"], [6, "😂"]] }],
      [4, "Sunday then, at nine. Whoever comes, comes"],
    ],
  },
  {
    people: [8, 0, 2, 9, 10, 11],
    name: "Reading circle",
    lines: [
      [8, "We meet on Thursday at seven. Up to the end of part two, please"],
      [9, "I have only the library's copy, it is due on Tuesday"],
      [10, "You can have mine, I am through"],
      [11, "Through? It came out a week ago"],
      [10, "I was ill and had nothing else to do", { reactions: [[8, "😮"], [11, "❤️"]] }],
      [0, "I bring bread and cheese. Who brings what?"],
      [9, "Grapes"],
      [2, "Something to drink"],
      [8, "And I bring questions. Three, so that we get home before midnight", { reactions: [[0, "👍"], [2, "👍"], [9, "👍"]] }],
    ],
  },
];

/** Topics of the forum, which person 0 founds; `replies` make a thread. */
export const TOPICS = [
  {
    title: "Welcome",
    description: "Who we are, and where to find what",
    people: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    lines: [
      [1, "Welcome! Say who you are and what you would like to do here. What is written in this topic is encrypted for its members", { pin: true, reactions: [[0, "👋"], [2, "👋"], [6, "👋"]] }],
      [5, "New here, from the canal side. I repair bikes, and I cannot cook", { replies: [[3, "We shall get on well: I cook, and my bike is broken"], [5, "Wednesday evening, in the shed?"], [3, "With soup"]] }],
      [8, "I keep the list of the reading circle. Write to me if you want to come"],
      [11, "Hello everybody, I moved in on Monday, house 12"],
      [0, "Welcome! The tools are in the shed behind house 9, the code of the door is on the board inside house 3"],
    ],
  },
  {
    title: "Tool library: what do we buy?",
    description: "One purchase each season, decided together",
    people: [0, 1, 2, 3, 4, 5, 7],
    lines: [
      [0, "There is money for one larger thing this autumn. What is missing most?", { replies: [[4, "A stand for repairing bikes"], [2, "A ladder, a long one. We borrow the neighbours' each time"], [7, "The ladder, please. I do not want to stand on a chair again"]] }],
      [1, "A shredder would save us five trips to the yard every year", { reactions: [[2, "👍"], [3, "👍"], [5, "👍"]] }],
      [5, "It is loud and it stands in the way for eleven months. Can we rent one?"],
      [1, "For a weekend it costs a tenth of the price, and somebody else sharpens it", { edit: "For a weekend it costs a tenth of its price, and somebody else sharpens the blades" }],
      [3, "Then rent the shredder and buy the ladder"],
      [0, "Ladder it is, if nobody objects until Friday", { pin: true, reactions: [[1, "👍"], [2, "👍"], [3, "👍"], [4, "👍"], [7, "🎉"]] }],
    ],
  },
  {
    title: "Next trail",
    description: "",
    people: [0, 4, 5, 6, 7, 8],
    lines: [
      [4, "Three to choose from: the lake, the old railway, the ridge", { replies: [[6, "The railway, it is flat"], [7, "The lake, one can swim"], [8, "The ridge, for the view"], [4, "So that is one each"]] }],
      [5, "How about the railway to the lake? The last part goes along the shore"],
      [4, "That works, and it is 40 kilometres", { reactions: [[5, "🎉"], [6, "🎉"], [0, "👍"]] }],
    ],
  },
];
